plugins_LTLIBRARIES += %D%/env-vars.la
%C%_env_vars_la_SOURCES = %D%/env-vars.c %D%/dotenv.c %D%/dotenv.h \
	plugins/common/values.c plugins/common/values.h
%C%_env_vars_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_env_vars_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-env-vars.1
EXTRA_DIST += %D%/venvb-env-vars.pod
