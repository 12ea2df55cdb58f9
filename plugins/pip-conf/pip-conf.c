/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Writes the environment's own pip.conf, which pip reads after those of the
 * system and the user.
 */

#include "venvb-plugin.h"

#include "conf.h"
#include "base/secret.h"

#include "../common/files.h"
#include "../common/values.h"

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
  PipConf *plugin = g_new0 (PipConf, 1);

  plugin->settings = g_ptr_array_new_with_free_func (setting_free);
  *self = plugin;
  return TRUE;
}

static void
pip_conf_unload (gpointer self)
{
  PipConf *plugin = self;

  g_ptr_array_unref (plugin->settings);
  g_free (plugin->open);
  g_free (plugin);
}

static gboolean
fail_option (GError **error, const char *key, const char *why)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s %s", key, why);
  return FALSE;
}

/* Each of the following returns the value as it is to be written; NULL with
 * error set for one that can't be right. */

static char *
make_url (const char *key, const char *value, GError **error)
{
  return values_check_url (key, value, error) ? g_strdup (value) : NULL;
}

/* A URL, or a directory.  pip splits lists at blanks, so a directory that has
 * one in its name is written as a URL. */
static char *
make_place (const char *key, const char *value, GError **error)
{
  g_autofree char *dir = NULL;

  if (strstr (value, "://") != NULL)
    return make_url (key, value, error);
  dir = values_dir (key, value, error);
  if (dir == NULL || strpbrk (dir, " \t\f\v") == NULL)
    return g_steal_pointer (&dir);
  return g_filename_to_uri (dir, NULL, error);
}

static char *
make_flag (const char *key, const char *value, GError **error)
{
  gboolean flag;

  return values_flag (key, value, &flag, error) ? g_strdup (flag ? "true" : "false") : NULL;
}

/* Seconds, or a number of times. */
static char *
make_number (const char *key, const char *value, GError **error)
{
  guint64 number;

  if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &number, NULL))
    return g_strdup (value);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s is a number, not '%s'", key, value);
  return NULL;
}

/* A host, with or without its port. */
static char *
make_host (const char *key, const char *value, GError **error)
{
  if (value[0] != '\0' && value[strcspn (value, "/@?# \t\f\v")] == '\0')
    return g_strdup (value);
  g_autofree char *shown = values_shown (value);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s is a host or host:port, not '%s'", key,
               shown);
  return NULL;
}

/* A URL of whatever kind: there are socks5 and others. */
static char *
make_proxy (const char *key, const char *value, GError **error)
{
  const char *scheme = strstr (value, "://");

  if (scheme != NULL && scheme != value && value[strcspn (value, " \t\f\v")] == '\0')
    return g_strdup (value);
  fail_option (error, key, "is a URL such as http://proxy.example:3128");
  return NULL;
}

static char *
make_text (const char *key, const char *value, GError **error)
{
  if (value[0] != '\0' && value[0] != '#' && value[0] != ';')
    return g_strdup (value);
  fail_option (error, key, "needs a value that does not begin a comment");
  return NULL;
}

/* The keys that are known, and whether they hold lists.  Any other has to name
 * its section. */
static const struct
{
  const char *key;
  char *(*make) (const char *key, const char *value, GError **error);
  gboolean is_list;
} known[] = { { "index-url", make_url, FALSE },
              { "extra-index-url", make_url, TRUE },
              { "find-links", make_place, TRUE },
              { "no-index", make_flag, FALSE },
              { "cert", values_file, FALSE },
              { "client-cert", values_file, FALSE },
              { "trusted-host", make_host, TRUE },
              { "timeout", make_number, FALSE },
              { "retries", make_number, FALSE },
              { "proxy", make_proxy, FALSE },
              { "require-virtualenv", make_flag, FALSE } };

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
  guint i = 0;
  char *made;

  while (i < G_N_ELEMENTS (known) && !g_str_equal (key, known[i].key))
    i++;
  if ((i == G_N_ELEMENTS (known) && dot == NULL) || !is_name (section) || !is_name (key))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", option);
      return FALSE;
    }
  if (has_control (value))
    return fail_option (error, option, "can't have a line break in its value");
  made = (i < G_N_ELEMENTS (known) ? known[i].make : make_text) (option, value, error);
  if (made != NULL)
    add_value (get_setting (((PipConf *) self)->settings, section, key), made,
               i == G_N_ELEMENTS (known) || known[i].is_list);
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

  if (!file_open (&file, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "pip.conf", error))
    return FALSE;
  text = make_conf (settings, file.text != NULL ? file.text : "");
  if (g_strcmp0 (text, file.text) == 0
      && ((file.old.st.st_mode & others) == 0 || g_strcmp0 (file.path, plugin->open) == 0))
    return TRUE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "pip-conf: writing '%s'", file.path);
  file.old.st.st_mode &= ~others;
  if (!venvb_context_save_file (ctx, file.path, error)
      || !file_write (&file, text, 0666 & ~others, FALSE, error))
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
              .summary = "write the environment's own pip.conf",
              .options_help = "index-url=URL          the package index\n"
                              "extra-index-url=URL    another one; may be repeated\n"
                              "find-links=DIR|URL     where wheels are; may be repeated\n"
                              "no-index[=yes|no]      use find-links only\n"
                              "cert=FILE              certificates to trust\n"
                              "client-cert=FILE       the client's certificate and key\n"
                              "trusted-host=HOST      not to be verified; may be repeated\n"
                              "timeout=SECONDS        how long to wait for a server\n"
                              "retries=NUMBER         how often to try again\n"
                              "proxy=URL              the proxy\n"
                              "require-virtualenv[=yes|no]  run in environments only\n"
                              "SECTION.KEY=VALUE      any other setting of pip",
              .load = pip_conf_load, .set_option = pip_conf_set_option, .ready = pip_conf_ready,
              .unload = pip_conf_unload, .create_configuration = pip_conf_create_configuration)
