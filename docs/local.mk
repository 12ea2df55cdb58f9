# Plugins in other languages, for reading and copying.

examplesdir = $(docdir)/examples
examplescxxdir = $(examplesdir)/c++
examplesrustdir = $(examplesdir)/rust
examplesgodir = $(examplesdir)/go
dist_examples_DATA = %D%/examples/README.md
dist_examplescxx_DATA = %D%/examples/c++/README.md %D%/examples/c++/Makefile \
	%D%/examples/c++/greet.cc
dist_examplesrust_DATA = %D%/examples/rust/README.md %D%/examples/rust/Makefile \
	%D%/examples/rust/greet.rs %D%/examples/rust/venvb.rs
dist_examplesgo_DATA = %D%/examples/go/README.md %D%/examples/go/Makefile \
	%D%/examples/go/greet.go %D%/examples/go/plugin.c %D%/examples/go/helper.h \
	%D%/examples/go/plugin.map %D%/examples/go/go.mod
