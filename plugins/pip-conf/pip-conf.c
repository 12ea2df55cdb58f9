/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Writes the environment's own pip.conf, which pip reads after those of the
 * system and the user.
 */

#include "venvb-plugin.h"

#include "conf.h"
#include "base/secret.h"

#include "../common/files.h"

#include <string.h>
#include <sys/stat.h>

/* A key that is set, and its values. */
typedef struct
{
  char *section;
  char *key;
  GPtrArray *values; /* char *, NULL-terminated */
} Setting;

/* The plugin's data. */
typedef struct
{
  GPtrArray *settings; /* Setting */
  char *open;          /* the file that others may read nevertheless, or NULL */
} PipConf;

static void
setting_free (gpointer data)
{
  Setting *setting = data;

  g_free (setting->section);
  g_free (setting->key);
  g_ptr_array_unref (setting->values);
  g_free (setting);
}

static gboolean
pip_conf_load (gpointer *self, GError **error)
{
  ((PipConf *) *self)->settings = g_ptr_array_new_with_free_func (setting_free);
  return TRUE;
}

static void
pip_conf_unload (gpointer self)
{
  PipConf *plugin = self;

  g_ptr_array_unref (plugin->settings);
  g_free (plugin->open);
}

static gboolean
fail_option (GError **error, const char *key, const char *why)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s %s", key, why);
  return FALSE;
}

/* pip's own keys, of the section [global], and whether they hold lists.  Any other has
 * to name its section. */
static const VenvbOption rows[] = {
  { .key = "index-url", .kind = VENVB_KIND_URL, .help = "the package index" },
  { .key = "extra-index-url", .kind = VENVB_KIND_URL, .repeated = TRUE, .help = "another one" },
  { .key = "find-links", .kind = VENVB_KIND_PLACE, .repeated = TRUE, .help = "where wheels are" },
  { .key = "no-index", .kind = VENVB_KIND_FLAG, .help = "use find-links only" },
  { .key = "cert", .kind = VENVB_KIND_FILE, .help = "certificates to trust" },
  { .key = "client-cert", .kind = VENVB_KIND_FILE, .help = "the client's certificate and key" },
  { .key = "trusted-host",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "not to be verified",
    .value = "HOST" },
  { .key = "timeout",
    .kind = VENVB_KIND_INTEGER,
    .most = G_MAXINT,
    .help = "how long to wait for a server",
    .value = "SECONDS" },
  { .key = "retries",
    .kind = VENVB_KIND_INTEGER,
    .most = G_MAXINT,
    .help = "how often to try again" },
  { .key = "proxy", .kind = VENVB_KIND_STRING, .help = "the proxy", .value = "URL" },
  { .key = "require-virtualenv", .kind = VENVB_KIND_FLAG, .help = "run in environments only" },
  { .key = "*",
    .kind = VENVB_KIND_STRING,
    .help = "any other setting of pip",
    .value = "SECTION.KEY=VALUE" },
};

static const VenvbOption *
find_option (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].key, key))
      return &rows[i];
  return NULL;
}

/* A host, with or without its port. */
static gboolean
check_host (const char *name, const char *value, GError **error)
{
  const char *user = strrchr (value, '@');

  if (value[0] != '\0' && value[strcspn (value, "/@?# \t\f\v")] == '\0')
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s is a host or host:port, not '%s%s'",
               name, user != NULL ? "****" : "", user != NULL ? user : value);
  return FALSE;
}

/* A URL of whatever kind: there are socks5 and others. */
static gboolean
check_proxy (const char *name, const char *value, GError **error)
{
  const char *scheme = strstr (value, "://");

  return (scheme != NULL && scheme != value && value[strcspn (value, " \t\f\v")] == '\0')
         || fail_option (error, name, "is a URL such as http://proxy.example:3128");
}

static gboolean
check_text (const char *name, const char *value, GError **error)
{
  return (value[0] != '\0' && value[0] != '#' && value[0] != ';')
         || fail_option (error, name, "needs a value that does not begin a comment");
}

/* The value as it is to be written, free with g_free(): NULL with error set for one that
 * can't be right.  pip splits lists at blanks, so that a directory which has one in its
 * name is written as a URL. */
static char *
make_value (const VenvbOption *row, const char *name, const char *value, GError **error)
{
  g_autofree char *read = NULL;

  if (row == NULL)
    return check_text (name, value, error) ? g_strdup (value) : NULL;
  if (row->kind == VENVB_KIND_STRING)
    return (g_str_equal (row->key, "proxy") ? check_proxy : check_host) (name, value, error)
               ? g_strdup (value)
               : NULL;
  read = venvb_option_read (name, row->kind, value, error);
  if (read != NULL && row->kind == VENVB_KIND_FLAG)
    return g_strdup (g_str_equal (read, "yes") ? "true" : "false");
  if (read != NULL && row->kind == VENVB_KIND_PLACE && strpbrk (read, " \t\f\v") != NULL)
    return g_filename_to_uri (read, NULL, error);
  return g_steal_pointer (&read);
}

/* Tells whether a name is one of pip's sections or keys, as they are written
 * by default. */
static gboolean
is_name (const char *text)
{
  return g_ascii_islower (text[0])
         && text[strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* The setting of a key, made where it is not there yet. */
static Setting *
get_setting (GPtrArray *settings, const char *section, const char *key)
{
  Setting *setting;

  for (guint i = 0; i < settings->len; i++)
    {
      setting = g_ptr_array_index (settings, i);
      if (g_str_equal (setting->section, section) && g_str_equal (setting->key, key))
        return setting;
    }
  setting = g_new0 (Setting, 1);
  setting->section = g_strdup (section);
  setting->key = g_strdup (key);
  setting->values = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (setting->values, NULL);
  g_ptr_array_add (settings, setting);
  return setting;
}

/* Adds to a list, or replaces the value that is not one; takes the value. */
static void
add_value (Setting *setting, char *value, gboolean is_list)
{
  if (!is_list)
    g_ptr_array_set_size (setting->values, 0);
  else
    g_ptr_array_remove_index (setting->values, setting->values->len - 1);
  g_ptr_array_add (setting->values, value);
  g_ptr_array_add (setting->values, NULL);
}

static gboolean
has_control (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text) && *text != '\t')
      return TRUE;
  return FALSE;
}

/* KEY is global.KEY; those of other sections are written SECTION.KEY. */
static gboolean
pip_conf_set_option (gpointer self, const char *option, const char *value, GError **error)
{
  const char *dot = strchr (option, '.');
  const char *key = dot != NULL ? dot + 1 : option;
  g_autofree char *section = dot != NULL ? g_strndup (option, dot - option) : g_strdup ("global");
  const VenvbOption *row = find_option (key);
  char *made;

  if ((row == NULL && dot == NULL) || !is_name (section) || !is_name (key))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", option);
      return FALSE;
    }
  if (has_control (value))
    return fail_option (error, option, "can't have a line break in its value");
  made = make_value (row, option, value, error);
  if (made != NULL)
    add_value (get_setting (((PipConf *) self)->settings, section, key), made,
               row == NULL || row->repeated);
  return made != NULL;
}

static gboolean
pip_conf_ready (gpointer self, GError **error)
{
  return ((PipConf *) self)->settings->len > 0
         || fail_option (error, "nothing to write:", "an option is needed");
}

/* Tells whether others must not read the file. */
static gboolean
is_secret (const GPtrArray *settings)
{
  for (guint i = 0; i < settings->len; i++)
    {
      const Setting *setting = g_ptr_array_index (settings, i);

      for (guint j = 0; setting->values->pdata[j] != NULL; j++)
        if (secret_is_name (setting->key) || secret_is_in (setting->values->pdata[j]))
          return TRUE;
    }
  return FALSE;
}

/* What is in the file with the keys set. */
static char *
make_conf (const GPtrArray *settings, const char *old)
{
  char *text = g_strdup (old);

  for (guint i = 0; i < settings->len; i++)
    {
      const Setting *setting = g_ptr_array_index (settings, i);
      g_autofree char *before = text;

      text = conf_set (before, setting->section, setting->key,
                       (const char *const *) setting->values->pdata);
    }
  return text;
}

/* Says of a file which holds a secret that others may read it: there are file
 * systems without modes.  Once, as the stage comes twice. */
static void
warn_if_open (PipConf *plugin, VenvbContext *ctx, const char *path, mode_t others)
{
  struct stat st;

  if (stat (path, &st) < 0 || (st.st_mode & others) == 0)
    return;
  g_free (plugin->open);
  plugin->open = g_strdup (path);
  venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                         "pip-conf: '%s' holds a secret, and is open to others (mode %03o): it "
                         "can't be closed on this file system",
                         path, (guint) st.st_mode & 0777);
}

/* Sets the keys in pip.conf, and leaves what else is in it.  A file that holds
 * a password is closed to others, also one that was open to them. */
static gboolean
write_conf (PipConf *plugin, VenvbContext *ctx, GError **error)
{
  const GPtrArray *settings = plugin->settings;
  g_auto (File) file = FILE_NONE;
  g_autofree char *text = NULL;
  mode_t others = is_secret (settings) ? 077 : 0;

  /* There may be no directory to look into. */
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN) && venvb_context_is_new (ctx))
    return TRUE;
  if (!file_open (&file, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "pip.conf", error))
    return FALSE;
  text = make_conf (settings, file.text != NULL ? file.text : "");
  if (g_strcmp0 (text, file.text) == 0
      && ((file.old.st.st_mode & others) == 0 || g_strcmp0 (file.path, plugin->open) == 0))
    return TRUE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "pip-conf: writing '%s'", file.path);
  if (!venvb_context_save_file (ctx, file.path, error)
      || !venvb_context_write_file (ctx, file.path, text, -1, 0666 & ~others, error))
    return FALSE;
  warn_if_open (plugin, ctx, file.path, others);
  return TRUE;
}

/* Early enough for all that runs pip; the second time there is nothing left to
 * change. */
static gboolean
pip_conf_create_configuration (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && write_conf (self, ctx, error);
}

VENVB_PLUGIN (.name = "pip-conf", .version = VENVB_VERSION,
              .summary = "write the environment's own pip.conf", .load = pip_conf_load,
              .set_option = pip_conf_set_option, .ready = pip_conf_ready, .unload = pip_conf_unload,
              .create_configuration = pip_conf_create_configuration,
              .changed = venvb_changed_as_seen, .dry_run = TRUE, VENVB_OPTIONS (PipConf, rows))
