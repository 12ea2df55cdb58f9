plugins_LTLIBRARIES += %D%/virtualenv-cfg.la
%C%_virtualenv_cfg_la_SOURCES = %D%/virtualenv-cfg.c
%C%_virtualenv_cfg_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_virtualenv_cfg_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-virtualenv-cfg.1
EXTRA_DIST += %D%/venvb-virtualenv-cfg.pod
