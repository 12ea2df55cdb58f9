plugins_LTLIBRARIES += %D%/git-ignore.la
%C%_git_ignore_la_SOURCES = %D%/git-ignore.c base/regular.c base/regular.h
%C%_git_ignore_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_git_ignore_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-git-ignore.1
EXTRA_DIST += %D%/venvb-git-ignore.pod
