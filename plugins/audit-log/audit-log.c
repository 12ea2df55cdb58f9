/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Notes each environment that is made: who, when and where, and all that is
 * known of it, as one line of JSON in a file or in the system's log.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/json.h"
#include "packages.h"
#include "sink.h"

#include "venvb-plugin.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

typedef struct
{
  char *file; /* or NULL */
  guint mode; /* of a new file */
  gboolean syslog;
  int facility;
  gboolean lenient;  /* a log that can't be written is no failure */
  gboolean failures; /* are noted, too */
} AuditLog;

static const VenvbOption rows[] = {
  { .key = "file", VENVB_PATH (AuditLog, file), .help = "a line is appended for each environment" },
  { .key = "mode",
    .kind = VENVB_KIND_STRING,
    .help = "of a new file, in octal",
    .value = "MODE",
    .initial = "0640" },
  { .key = "syslog",
    VENVB_FLAG (AuditLog, syslog),
    .help = "to the system's log; so it is without file" },
  { .key = "facility",
    .kind = VENVB_KIND_CHOICE,
    .choices = "auth|authpriv|daemon|user|local0|local1|local2|local3|local4|local5|local6|local7",
    .help = "of the system's log",
    .value = "NAME",
    .initial = "user" },
  { .key = "lenient",
    VENVB_FLAG (AuditLog, lenient),
    .help = "a log that can't be written is only warned of" },
  { .key = "failures",
    VENVB_FLAG (AuditLog, failures),
    .help = "are noted, too",
    .initial = "yes" },
};

/* The two that are text for the user, and a number here. */
static gboolean
audit_log_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  AuditLog *plugin = self;
  guint64 mode = 0;

  if (g_str_equal (key, "facility"))
    {
      plugin->facility = sink_facility (value);
      return TRUE;
    }
  if (!g_ascii_string_to_unsigned (value, 8, 0200, 0777, &mode, NULL))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "not permissions in octal: '%s'", value);
      return FALSE;
    }
  if ((mode & S_IWOTH) != 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                   "everybody could write to a log of mode '%s': use syslog", value);
      return FALSE;
    }
  plugin->mode = mode;
  return TRUE;
}

/* Where nothing is said: no file will do for all users, but the system's log will. */
static gboolean
audit_log_ready (gpointer self, GError **error)
{
  AuditLog *plugin = self;

  plugin->syslog |= plugin->file == NULL;
  return TRUE;
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
  if (failure == NULL)
    packages_add (out, ctx);
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

/* Each stage: notes that it failed, unless that is not wanted. */
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
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    return TRUE;
  if (!plugin->lenient)
    return note_or_fail (plugin, ctx, error);
  note_if_possible (plugin, ctx, NULL);
  return TRUE;
}

VENVB_PLUGIN (.name = "audit-log", .version = VENVB_VERSION,
              .summary = "note each environment that is made in a log",
              .set_option = audit_log_set_option, .ready = audit_log_ready, .find_python = watch,
              .ensure_directories = watch, .create_ignore_files = watch,
              .create_configuration = watch, .setup_python = watch, .setup_pip = watch,
              .setup_scripts = watch, .post_setup = watch, .upgrade_dependencies = watch,
              .finish = audit_log_finish, .changed = venvb_changed_as_seen, .dry_run = TRUE,
              VENVB_OPTIONS (AuditLog, rows))
