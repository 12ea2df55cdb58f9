# With the core's writer of JSON compiled in, so that both write alike.
AUDIT_LOG_SOURCES = %D%/audit-log.c %D%/sink.c %D%/sink.h %D%/packages.c %D%/packages.h \
	base/json.c base/json.h base/names.c base/names.h base/regular.c base/regular.h
plugins_LTLIBRARIES += %D%/audit-log.la
%C%_audit_log_la_SOURCES = $(AUDIT_LOG_SOURCES)
%C%_audit_log_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_audit_log_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-audit-log.1
EXTRA_DIST += %D%/venvb-audit-log.pod
