/* SPDX-License-Identifier: BSD-2-Clause */

/* pip's own settings: of the system and of the user.  One that lies in an environment is
 * never read: who has made that one has no say in who is asked. */

#include "fetch/room.h"

#include "base/home.h"
#include "base/regular.h"

#include <string.h>

/* What counts of them. */
static const char *const keys[] = { "index-url",        "proxy",   "cert",
                                    "client-cert",      "timeout", "trusted-host",
                                    "keyring-provider", "no-index" };

/* Tells whether a line begins a section that counts, or another. */
static gboolean
is_ours (const char *line)
{
  return g_str_has_prefix (line, "[global]") || g_str_has_prefix (line, "[install]")
         || g_str_has_prefix (line, "[download]");
}

static gboolean
is_key (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i], name))
      return TRUE;
  return FALSE;
}

/* Reads one file, as Python's configparser would: a value goes on in lines that are set
 * in. */
static void
read_text (GHashTable *values, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *name = NULL;
  gboolean counts = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean is_set_in = lines[i][0] == ' ' || lines[i][0] == '\t';
      char *line = g_strstrip (lines[i]);
      gsize length = strcspn (line, "=:");

      if (line[0] == '#' || line[0] == ';' || line[0] == '\0')
        continue;
      if (line[0] == '[')
        counts = is_ours (line);
      else if (is_set_in && name != NULL && counts)
        {
          const char *before = g_hash_table_lookup (values, name);

          g_hash_table_insert (
              values, g_strdup (name),
              g_strstrip (g_strconcat (before != NULL ? before : "", " ", line, NULL)));
        }
      else if (line[length] != '\0')
        {
          g_free (name);
          name = g_strstrip (g_ascii_strdown (line, (gssize) length));
          g_strdelimit (name, "_", '-');
          if (counts && is_key (name))
            g_hash_table_insert (values, g_strdup (name),
                                 g_strstrip (g_strdup (line + length + 1)));
          else
            g_clear_pointer (&name, g_free);
        }
    }
}

static void
read_file (GHashTable *values, const char *path)
{
  gsize length;
  g_autofree char *text = path == NULL ? NULL : regular_contents (path, &length);

  if (text != NULL)
    read_text (values, text);
}

/* The system's, then the user's. */
static void
read_usual (GHashTable *values)
{
  const char *const *dirs = g_get_system_config_dirs ();
  g_autofree char *old = home_path (".pip/pip.conf");
  g_autofree char *own = home_config_dir () == NULL
                             ? NULL
                             : g_build_filename (home_config_dir (), "pip/pip.conf", NULL);

  for (guint i = g_strv_length ((char **) dirs); i > 0; i--)
    {
      g_autofree char *path = g_build_filename (dirs[i - 1], "pip/pip.conf", NULL);

      read_file (values, path);
    }
  read_file (values, "/etc/pip.conf");
  read_file (values, old);
  read_file (values, own);
}

/* What pip would read of its settings, least first: files, then variables: key -> value.
 * Free with g_hash_table_unref(). */
GHashTable *
pipconf_read (void)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *file = venvb_getenv ("PIP_CONFIG_FILE");

  if (g_strcmp0 (file, "/dev/null") != 0)
    read_usual (values);
  if (file != NULL)
    read_file (values, file);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *upper = g_ascii_strup (keys[i], -1);
      g_autofree char *variable = g_strconcat ("PIP_", g_strdelimit (upper, "-", '_'), NULL);
      const char *value = venvb_getenv (variable);

      if (value != NULL && value[0] != '\0')
        g_hash_table_insert (values, g_strdup (keys[i]), g_strdup (value));
    }
  return values;
}
