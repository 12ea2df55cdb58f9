# The interface as each release had it: its headers, a plugin that uses them,
# and what libvenvb exported, in libabigail's XML.
#
#   make abi-check     compares this libvenvb with all releases: what was added
#                      is fine, what is gone or different is not
#   make abi-baseline  writes down the interface as it is now, as that of the last
#                      section of venvb.syms; to be done when it is released

ABI_RELEASES = 0.1 0.2
EXTRA_DIST += %D%/allowed.ini
EXTRA_DIST += %D%/0.1/plugin.c %D%/0.1/libvenvb.abi %D%/0.1/venvb.h \
	%D%/0.1/venvb-context.h %D%/0.1/venvb-plugin.h %D%/0.1/venvb-version.h
EXTRA_DIST += %D%/0.2/plugin.c %D%/0.2/libvenvb.abi %D%/0.2/venvb.h \
	%D%/0.2/venvb-builder.h %D%/0.2/venvb-context.h %D%/0.2/venvb-extend.h %D%/0.2/venvb-inspect.h \
	%D%/0.2/venvb-plugin.h %D%/0.2/venvb-run.h %D%/0.2/venvb-version.h \
	%D%/0.2/venvb-wheels.h

ABI_INCLUDES = $(dist_api_HEADERS) $(nodist_api_HEADERS)
ABI_WORK = $(abs_top_builddir)/%D%

# The headers in one folder: libabigail takes no more than one for what is
# public.
abi-work: libvenvb.la $(ABI_INCLUDES)
	@$(MKDIR_P) $(ABI_WORK)/headers
	@for header in $(ABI_INCLUDES); do \
	  test -f $$header || header=$(srcdir)/$$header; \
	  cp $$header $(ABI_WORK)/headers/ || exit 1; \
	done

abi-check: abi-work
	@for release in $(ABI_RELEASES); do \
	  abidiff --no-added-syms --suppr $(srcdir)/%D%/allowed.ini \
	    --headers-dir2 $(ABI_WORK)/headers --drop-private-types \
	    $(srcdir)/%D%/$$release/libvenvb.abi .libs/libvenvb.so || { \
	    echo "abi-check: not compatible with $$release (abidiff: $$?)" >&2; exit 1; }; \
	  echo "abi-check: compatible with $$release"; \
	done

abi-baseline: abi-work
	@release=`sed -n 's/^VENVB_\([0-9.]*\) {.*/\1/p' $(srcdir)/plugin-api/venvb.syms | tail -n 1`; \
	to=$(srcdir)/%D%/$$release; $(MKDIR_P) $$to && \
	abidw --headers-dir $(ABI_WORK)/headers --drop-private-types --exported-interfaces-only \
	  --no-corpus-path --no-comp-dir-path --no-show-locs --no-parameter-names \
	  --no-write-default-sizes --no-elf-needed --type-id-style hash \
	  --out-file $$to/libvenvb.abi .libs/libvenvb.so && \
	sed -i -E "s|path='[^']*/([^/']+/[^/']+)'|path='\1'|" $$to/libvenvb.abi && \
	cp $(ABI_WORK)/headers/*.h $$to/ && echo "abi-baseline: $$to"

clean-abi:
	-rm -rf $(ABI_WORK)/headers
clean-local: clean-abi

.PHONY: abi-work abi-check abi-baseline clean-abi
