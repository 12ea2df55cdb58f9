/* SPDX-License-Identifier: BSD-2-Clause */

/* For which Pythons something is: what METADATA and WHEEL say, of a wheel that
 * is not unpacked and of what is installed. */

#include "wheel/room.h"

#include <string.h>

static gboolean
append_text (const void *data, gsize length, gpointer user, GError **error)
{
  g_string_append_len (user, data, length);
  return TRUE;
}

static gboolean
is_metadata (const char *name)
{
  const char *slash = strchr (name, '/');

  return slash != NULL && g_str_equal (slash, "/METADATA")
         && slash - name > (gssize) strlen (".dist-info")
         && g_str_has_prefix (slash - strlen (".dist-info"), ".dist-info/");
}

/* The text of METADATA; NULL when the archive has none that can be read. */
static GString *
read_metadata (Archive *archive)
{
  gint64 count = MIN (archive->module->count (archive->handle), LIMIT_ENTRIES);
  g_autoptr (GString) text = g_string_new (NULL);

  for (gint64 i = 0; i < count; i++)
    {
      g_autofree char *reason = NULL;
      UnpackEntry entry;

      if (!archive->module->describe (archive->handle, i, &entry, &reason))
        return NULL;
      if (is_metadata (entry.name))
        return entry.size <= LIMIT_METADATA
                       && archive_read (archive, i, entry.size, append_text, text, NULL)
                   ? g_steal_pointer (&text)
                   : NULL;
    }
  return NULL;
}

static char *
requires_of (const char *metadata)
{
  char *requires = metadata_header (metadata, "Requires-Python");

  return requires != NULL ? requires : g_strdup ("");
}

char *
wheel_requires_python (int fd)
{
  g_autoptr (Archive) archive = archive_open (fd, TRUE, NULL);
  g_autoptr (GString) text = archive == NULL ? NULL : read_metadata (archive);

  return text == NULL ? NULL : requires_of (text->str);
}

/* A file of an installed distribution; "" when there is none. */
static char *
read_installed (const char *dist_info, const char *name)
{
  g_autofree char *path = g_build_filename (dist_info, name, NULL);
  char *text = NULL;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("");
  return text;
}

char *
wheel_installed_requires_python (const char *dist_info)
{
  g_autofree char *text = read_installed (dist_info, "METADATA");

  return requires_of (text);
}

char **
wheel_installed_tags (const char *dist_info)
{
  g_autofree char *text = read_installed (dist_info, "WHEEL");
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *tags = g_ptr_array_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], "Tag:", 4) == 0)
      g_ptr_array_add (tags, g_strdup (g_strstrip (lines[i] + 4)));
  g_ptr_array_add (tags, NULL);
  return (char **) g_ptr_array_free (tags, FALSE);
}
