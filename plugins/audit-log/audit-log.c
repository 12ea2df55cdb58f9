/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Notes each environment that is made: who, when and where, and all that is
 * known of it, as one line of JSON in a file or in the system's log.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/json.h"
#include "sink.h"

#include "../common/options.h"

#include <pwd.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define DEFAULT_MODE 0640

typedef struct
{
  char *file; /* absolute, or NULL */
  guint mode; /* of a new file */
  gboolean syslog;
  int facility;
  gboolean lenient;  /* a log that can't be written is no failure */
  gboolean failures; /* are noted, too */
} AuditLog;

static gboolean
audit_log_load (gpointer *self, GError **error)
{
  AuditLog *plugin = g_new0 (AuditLog, 1);

  plugin->mode = DEFAULT_MODE;
  plugin->facility = LOG_USER;
  *self = plugin;
  return TRUE;
}

static void
audit_log_unload (gpointer self)
{
  AuditLog *plugin = self;

  g_free (plugin->file);
  g_free (plugin);
}

static gboolean
set_file (AuditLog *plugin, const char *value, GError **error)
{
  if (!g_path_is_absolute (value))
    return fail_option (error, "not an absolute path:", value);
  g_free (plugin->file);
  plugin->file = g_canonicalize_filename (value, NULL);
  return TRUE;
}

static gboolean
set_mode (AuditLog *plugin, const char *value, GError **error)
{
  guint64 mode = 0;

  if (!g_ascii_string_to_unsigned (value, 8, 0200, 0777, &mode, NULL))
    return fail_option (error, "not permissions in octal:", value);
  plugin->mode = mode;
  return TRUE;
}

static gboolean
set_facility (AuditLog *plugin, const char *value, GError **error)
{
  plugin->facility = sink_facility (value);
  return plugin->facility >= 0 || fail_option (error, "not a facility:", value);
}

/* The options that are on when they are given; they take no value. */
static gboolean
set_switch (AuditLog *plugin, const char *key, const char *value, GError **error)
{
  gboolean *which = g_str_equal (key, "syslog")     ? &plugin->syslog
                    : g_str_equal (key, "lenient")  ? &plugin->lenient
                    : g_str_equal (key, "failures") ? &plugin->failures
                                                    : NULL;

  if (which == NULL)
    return fail_option (error, "unknown option", key);
  if (value[0] != '\0')
    return fail_option (error, "no value is possible for", key);
  *which = TRUE;
  return TRUE;
}

static gboolean
audit_log_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  if (g_str_equal (key, "file"))
    return set_file (self, value, error);
  if (g_str_equal (key, "mode"))
    return set_mode (self, value, error);
  if (g_str_equal (key, "facility"))
    return set_facility (self, value, error);
  return set_switch (self, key, value, error);
}

static gboolean
audit_log_ready (gpointer self, GError **error)
{
  const AuditLog *plugin = self;

  if (plugin->file != NULL || plugin->syslog)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
               "one of the options file and syslog is missing");
  return FALSE;
}

/* The time in UTC as RFC 3339 has it. */
static void
add_time (GString *out)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *text =
      g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", g_date_time_get_year (now),
                       g_date_time_get_month (now), g_date_time_get_day_of_month (now),
                       g_date_time_get_hour (now), g_date_time_get_minute (now),
                       g_date_time_get_second (now), g_date_time_get_microsecond (now));

  json_string (out, "time", text);
}

/* The user who logged in, whatever su and sudo did since; null where the kernel
 * does not tell. */
static void
add_login (GString *out)
{
  g_autofree char *text = NULL;
  guint64 uid;

  if (g_file_get_contents ("/proc/self/loginuid", &text, NULL, NULL)
      && g_ascii_string_to_unsigned (g_strchomp (text), 10, 0, G_MAXUINT32 - 1, &uid, NULL))
    json_integer (out, "login_uid", uid);
  else
    json_string (out, "login_uid", NULL);
}

static void
add_user (GString *out)
{
  const struct passwd *user = getpwuid (getuid ());

  json_integer (out, "uid", getuid ());
  json_integer (out, "euid", geteuid ());
  json_string (out, "user", user == NULL ? NULL : user->pw_name);
  add_login (out);
  json_string (out, "sudo_user", g_getenv ("SUDO_USER"));
}

/* What happened; why it failed, or NULL. */
static char *
compose (VenvbContext *ctx, const char *failure)
{
  g_autofree char *environment = venvb_context_to_json (ctx);
  GString *out = g_string_new (NULL);

  json_open (out, NULL, '{');
  add_time (out);
  json_string (out, "event",
               failure != NULL                                    ? "failed"
               : venvb_context_is_new (ctx)                       ? "created"
               : venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE) ? "upgraded"
                                                                  : "updated");
  if (failure != NULL)
    json_string (out, "error", failure);
  json_string (out, "host", g_get_host_name ());
  add_user (out);
  json_string (out, "venvb", VENVB_VERSION);
  json_value (out, "environment", environment);
  json_close (out, '}');
  return g_string_free (out, FALSE);
}

static gboolean
note (const AuditLog *plugin, VenvbContext *ctx, const char *failure, GError **error)
{
  g_autofree char *line = compose (ctx, failure);

  return (plugin->file == NULL || sink_append (plugin->file, plugin->mode, line, error))
         && (!plugin->syslog || sink_send (plugin->facility, line, error));
}

/* Notes, and makes nothing of a failure to do so but a warning. */
static void
note_if_possible (const AuditLog *plugin, VenvbContext *ctx, const char *failure)
{
  g_autoptr (GError) error = NULL;

  if (!note (plugin, ctx, failure, &error))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "audit-log: %s", error->message);
}

/* Each stage: notes that it failed, if that is wanted. */
static gboolean
watch (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const AuditLog *plugin = self;
  GError *failure = NULL;

  if (venvb_next (next, ctx, &failure))
    return TRUE;
  if (plugin->failures)
    note_if_possible (plugin, ctx, failure->message);
  g_propagate_error (error, failure);
  return FALSE;
}

/* Notes what stands.  When only the file could be written, it is told that the
 * environment stands no more. */
static gboolean
note_or_fail (const AuditLog *plugin, VenvbContext *ctx, GError **error)
{
  GError *failure = NULL;

  if (note (plugin, ctx, NULL, &failure))
    return TRUE;
  if (plugin->file != NULL && plugin->syslog)
    {
      g_autofree char *line = compose (ctx, failure->message);

      sink_append (plugin->file, plugin->mode, line, NULL);
    }
  g_propagate_error (error, failure);
  return FALSE;
}

/* The environment stands.  What fails here undoes it: nothing goes unnoted. */
static gboolean
audit_log_finish (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const AuditLog *plugin = self;

  if (!watch (next, ctx, self, error))
    return FALSE;
  if (!plugin->lenient)
    return note_or_fail (plugin, ctx, error);
  note_if_possible (plugin, ctx, NULL);
  return TRUE;
}

VENVB_PLUGIN (.name = "audit-log", .version = VENVB_VERSION,
              .summary = "note each environment that is made in a log",
              .options_help = "file=FILE      absolute; a line is appended for each environment\n"
                              "mode=MODE      of a new file, in octal (0640)\n"
                              "syslog         to the system's log\n"
                              "facility=NAME  of the system's log (user)\n"
                              "lenient        a log that can't be written is only warned of\n"
                              "failures       are noted, too",
              .load = audit_log_load, .set_option = audit_log_set_option, .ready = audit_log_ready,
              .unload = audit_log_unload, .find_python = watch, .ensure_directories = watch,
              .create_ignore_files = watch, .create_configuration = watch, .setup_python = watch,
              .setup_pip = watch, .setup_scripts = watch, .post_setup = watch,
              .upgrade_dependencies = watch, .finish = audit_log_finish)
