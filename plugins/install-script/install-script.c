/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Fetches scripts and runs them in the new environment: install_script() of
 * the example of extending EnvBuilder in the documentation of Python's venv.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fetch.h"

#include "venvb-plugin.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the environment: what has run there, a line for each script. */
#define DONE_FILE ".install-script"

#define MAX_SECONDS (24 * 60 * 60)
#define MAX_SIZE (64 * 1024 * 1024)

/* One script: an option url, and the options after it. */
typedef struct
{
  char *url;
  char *sha256; /* in lower case, or NULL */
  char *name;   /* of its file in the bin directory */
  char **args;  /* or NULL */
} Script;

typedef struct
{
  GPtrArray *scripts; /* Script */
  gboolean again;     /* what has run in the environment runs once more */
  char *ca_file;
  gint64 seconds;
} InstallScript;

static void
script_free (gpointer data)
{
  Script *script = data;

  g_free (script->url);
  g_free (script->sha256);
  g_free (script->name);
  g_strfreev (script->args);
  g_free (script);
}

/* Those of a script stand after its url, so that their order counts. */
static const VenvbOption rows[] = {
  { .key = "url",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "https, http or file",
    .value = "URL" },
  { .key = "sha256",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "of the script before it",
    .value = "HEX" },
  { .key = "name",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "the file name of the script before it",
    .value = "NAME" },
  { .key = "args",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "arguments of the script before it",
    .value = "WORDS",
    .may_be_empty = TRUE },
  { .key = "again",
    VENVB_FLAG (InstallScript, again),
    .help = "run also what has run in this environment" },
  { .key = "timeout",
    VENVB_INTEGER (InstallScript, seconds, 1, MAX_SECONDS),
    .help = "what fetching a script may take",
    .value = "SECONDS",
    .initial = "300" },
  { .key = "ca-file",
    VENVB_FILE (InstallScript, ca_file),
    .help = "certificates to trust instead of the system's" },
};

static gboolean
install_script_load (gpointer *self, GError **error)
{
  ((InstallScript *) *self)->scripts = g_ptr_array_new_with_free_func (script_free);
  return TRUE;
}

static void
install_script_unload (gpointer self)
{
  g_ptr_array_unref (((InstallScript *) self)->scripts);
}

/* Sets an error: what is wrong, and with which value. */
static gboolean
fail_option (GError **error, const char *what, const char *value)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s '%s'", what, value);
  return FALSE;
}

/* The option url: begins a script. */
static gboolean
add_script (InstallScript *plugin, const char *url, GError **error)
{
  Script *script;

  if (!fetch_check_url (url, error))
    return FALSE;
  script = g_new0 (Script, 1);
  script->url = g_strdup (url);
  script->name = fetch_file_name (url);
  g_ptr_array_add (plugin->scripts, script);
  return TRUE;
}

static gboolean
set_sha256 (Script *script, const char *value, GError **error)
{
  if (strlen (value) != 64 || strspn (value, "0123456789abcdefABCDEF") != 64)
    return fail_option (error, "not a SHA-256 in hexadecimal:", value);
  g_free (script->sha256);
  script->sha256 = g_ascii_strdown (value, -1);
  return TRUE;
}

/* Tells whether a name is that of a file in a directory, and nothing that
 * Python would take for an option. */
static gboolean
is_file_name (const char *name)
{
  return name != NULL && name[0] != '\0' && name[0] != '-' && strchr (name, '/') == NULL
         && !g_str_equal (name, ".") && !g_str_equal (name, "..");
}

static gboolean
set_name (Script *script, const char *value, GError **error)
{
  if (!is_file_name (value))
    return fail_option (error, "not the name of a script:", value);
  g_free (script->name);
  script->name = g_strdup (value);
  return TRUE;
}

static gboolean
set_args (Script *script, const char *value, GError **error)
{
  g_autoptr (GError) cause = NULL;
  char **args = NULL;

  if (!g_shell_parse_argv (value, NULL, &args, &cause)
      && !g_error_matches (cause, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "args '%s': %s", value, cause->message);
      return FALSE;
    }
  g_strfreev (script->args);
  script->args = args;
  return TRUE;
}

static gboolean
install_script_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  GPtrArray *scripts = ((InstallScript *) self)->scripts;
  Script *script = scripts->len == 0 ? NULL : g_ptr_array_index (scripts, scripts->len - 1);

  if (g_str_equal (key, "url"))
    return add_script (self, value, error);
  if (script == NULL)
    return fail_option (error, "no url before", key);
  return g_str_equal (key, "sha256") ? set_sha256 (script, value, error)
         : g_str_equal (key, "name") ? set_name (script, value, error)
                                     : set_args (script, value, error);
}

/* Notices what is missing: a URL, or a name where the URL has none. */
static gboolean
install_script_ready (gpointer self, GError **error)
{
  InstallScript *plugin = self;

  if (plugin->scripts->len == 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "the option url is missing");
      return FALSE;
    }
  for (guint i = 0; i < plugin->scripts->len; i++)
    {
      Script *script = g_ptr_array_index (plugin->scripts, i);
      g_autofree char *shown = fetch_shown_url (script->url);

      if (!is_file_name (script->name))
        return fail_option (error, "an option name is needed after", shown);
    }
  return TRUE;
}

/* Compares what was fetched with what was to be expected. */
static gboolean
verify (const Script *script, const GString *text, GError **error)
{
  g_autofree char *shown = fetch_shown_url (script->url);
  g_autofree char *got =
      g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text->str, text->len);

  if (script->sha256 == NULL || g_str_equal (got, script->sha256))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' is not what was expected: its SHA-256 is %s, not %s", shown, got,
               script->sha256);
  return FALSE;
}

/* Fetches a script and verifies it, before any of it is written. */
static GString *
get (const InstallScript *plugin, const Script *script, VenvbContext *ctx, GError **error)
{
  const FetchLimits limits = { plugin->ca_file, plugin->seconds, MAX_SIZE };
  g_autofree char *shown = fetch_shown_url (script->url);
  g_autoptr (GString) text = NULL;

  if (script->sha256 == NULL && fetch_is_exposed (script->url))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "install-script: '%s' is fetched without encryption and has no sha256: "
                           "others may change what is run",
                           shown);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "install-script: fetching '%s'", shown);
  text = fetch_url (script->url, &limits, error);
  return text != NULL && verify (script, text, error) ? g_steal_pointer (&text) : NULL;
}

/* Runs the script the way the example does, in the bin directory.  Python
 * changes the directory itself, then gives way to the script's Python. */
static gboolean
run (const Script *script, VenvbContext *ctx, GError **error)
{
  static const char code[] = "import os, sys; os.chdir(sys.argv[1]); "
                             "os.execv(sys.executable, [sys.executable] + sys.argv[2:])";
  g_autoptr (GPtrArray) args = g_ptr_array_new ();

  g_ptr_array_add (args, "-ISc");
  g_ptr_array_add (args, (gpointer) code);
  g_ptr_array_add (args, (gpointer) venvb_context_get (ctx, VENVB_ATTR_BIN_PATH));
  g_ptr_array_add (args, script->name);
  for (guint i = 0; script->args != NULL && script->args[i] != NULL; i++)
    g_ptr_array_add (args, script->args[i]);
  g_ptr_array_add (args, NULL);
  return venvb_context_run_python (ctx, (const char *const *) args->pdata, error);
}

/* Removes the script from the directory in which it was written: what has its name in
 * one that has taken the place of that is not ours.  The script may have removed itself,
 * so a failure to do so is none. */
static void
remove_script (VenvbContext *ctx, int bin, const char *name, const struct stat *written)
{
  struct stat st;

  if (bin < 0 || fstatat (bin, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_ino != written->st_ino
      || st.st_dev != written->st_dev)
    return;
  if (unlinkat (bin, name, 0) < 0 && errno != ENOENT)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "install-script: cannot remove '%s/%s': %s",
                           venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), name, g_strerror (errno));
}

/* Writes the script to the bin directory, runs it and removes it. */
static gboolean
write_and_run (const Script *script, VenvbContext *ctx, const GString *text, GError **error)
{
  const char *dir = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  g_autofree char *path = g_build_filename (dir, script->name, NULL);
  int bin = open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat st = { 0 };
  gboolean ok;

  if (bin >= 0 && fstatat (bin, script->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      close (bin);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "'%s' exists already: choose another file name with the option name", path);
      return FALSE;
    }
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "install-script: running '%s'", script->name);
  ok = venvb_context_write_file (ctx, path, text->str, text->len, 0666, error);
  if (ok && bin >= 0 && fstatat (bin, script->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    st.st_ino = 0;
  ok = ok && run (script, ctx, error);
  remove_script (ctx, bin, script->name, &st);
  if (bin >= 0)
    close (bin);
  return ok;
}

/* The line that tells that a script of this SHA-256 has run with these arguments and this
 * version of Python: free with g_free(). */
static char *
done_line (const Script *script, VenvbContext *ctx, const char *sha256)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *version = venvb_context_get (ctx, VENVB_ATTR_VERSION);

  g_checksum_update (sum, (const guchar *) sha256, strlen (sha256) + 1);
  g_checksum_update (sum, (const guchar *) version, strlen (version) + 1);
  for (guint i = 0; script->args != NULL && script->args[i] != NULL; i++)
    g_checksum_update (sum, (const guchar *) script->args[i], strlen (script->args[i]) + 1);
  return g_strdup_printf ("%s\n", g_checksum_get_string (sum));
}

/* The lines of what has run in the environment: free with g_free(). */
static char *
done_lines (VenvbContext *ctx)
{
  g_autofree char *path =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), DONE_FILE, NULL);
  char *text = regular_contents (path, NULL);

  return text != NULL ? text : g_strdup ("");
}

/* Tells whether a script of this SHA-256, which may be NULL for one that nobody knows yet,
 * has run and need not do so again. */
static gboolean
is_done (const InstallScript *plugin, const Script *script, VenvbContext *ctx, const char *sha256)
{
  g_autofree char *done = done_lines (ctx);
  g_autofree char *line = sha256 == NULL ? NULL : done_line (script, ctx, sha256);

  if (line == NULL || plugin->again || strstr (done, line) == NULL)
    return FALSE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "install-script: '%s' has run already",
                         script->name);
  return TRUE;
}

/* Notes that a script has run. */
static gboolean
note_done (const Script *script, VenvbContext *ctx, const char *sha256, GError **error)
{
  g_autofree char *done = done_lines (ctx);
  g_autofree char *line = done_line (script, ctx, sha256);
  g_autofree char *text = g_strconcat (done, line, NULL);

  return strstr (done, line) != NULL
         || venvb_context_write_file (ctx, DONE_FILE, text, -1, 0666, error);
}

static gboolean
install (const InstallScript *plugin, const Script *script, VenvbContext *ctx, GError **error)
{
  g_autoptr (GString) text = NULL;
  g_autofree char *sha256 = NULL;

  if (is_done (plugin, script, ctx, script->sha256))
    return TRUE;
  text = get (plugin, script, ctx, error);
  if (text == NULL)
    return FALSE;
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text->str, text->len);
  if (script->sha256 == NULL && is_done (plugin, script, ctx, sha256))
    return TRUE;
  if (write_and_run (script, ctx, text, error) && note_done (script, ctx, sha256, error))
    return TRUE;
  g_prefix_error (error, "script '%s': ", script->name);
  return FALSE;
}

static gboolean
install_script_post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  InstallScript *plugin = self;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  for (guint i = 0; i < plugin->scripts->len; i++)
    if (!install (plugin, g_ptr_array_index (plugin->scripts, i), ctx, error))
      return FALSE;
  return TRUE;
}

VENVB_PLUGIN (.name = "install-script", .version = VENVB_VERSION,
              .summary = "fetch scripts and run them in the environment",
              .load = install_script_load, .set_option = install_script_set_option,
              .ready = install_script_ready, .unload = install_script_unload,
              .post_setup = install_script_post_setup, .changed = venvb_changed_as_seen,
              VENVB_OPTIONS (InstallScript, rows))
