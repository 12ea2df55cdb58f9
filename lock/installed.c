/* SPDX-License-Identifier: BSD-2-Clause */

/* What is installed in an environment, as far as a lock is concerned: by the names of
 * directories, and without a look at files of packages. */

#include "lock/room.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>

static void
installed_free (gpointer data)
{
  Installed *installed = data;

  g_free (installed->name);
  g_free (installed->version);
  g_free (installed->entry);
  g_free (installed->path);
  g_free (installed->direct_url);
  g_free (installed);
}

/* Tells whether a direct_url.json is of a project that is worked on where it lies. */
static gboolean
is_editable (const char *json)
{
  const char *at = strstr (json, "\"editable\"");

  if (at == NULL)
    return FALSE;
  at += strlen ("\"editable\"");
  at += strspn (at, " \t\r\n");
  return *at == ':' && g_str_has_prefix (at + 1 + strspn (at + 1, " \t\r\n"), "true");
}

/* Tells whether a .dist-info is what is left of one: what its RECORD did not list. */
static gboolean
is_left_over (const char *path)
{
  g_autofree char *metadata = g_build_filename (path, "METADATA", NULL);
  struct stat st;

  return lstat (metadata, &st) < 0 && errno == ENOENT;
}

/* Looks at an entry of site-packages: some_thing-1.0.dist-info, or what older tools have
 * left, some_thing-1.0-py3.11.egg-info.  pip renames what it is about to remove to
 * ~ome_thing. */
static Installed *
look_at (const char *lib, const char *entry)
{
  gboolean is_egg = g_str_has_suffix (entry, ".egg-info");
  const char *dash = strchr (entry, '-');
  Installed *found;

  if ((!is_egg && !g_str_has_suffix (entry, ".dist-info")) || dash == NULL || dash == entry
      || entry[0] == '~')
    return NULL;
  g_autofree char *name = g_strndup (entry, dash - entry);
  found = g_new0 (Installed, 1);
  found->name = name_normalise (name);
  found->version =
      g_strndup (dash + 1, strlen (dash + 1) - strlen (is_egg ? ".egg-info" : ".dist-info"));
  if (is_egg)
    found->version[strcspn (found->version, "-")] = '\0';
  found->entry = g_strdup (entry);
  found->path = g_build_filename (lib, entry, NULL);
  g_autofree char *record = g_build_filename (found->path, "RECORD", NULL);
  found->has_record =
      !is_egg && lstat (record, &found->record) == 0 && S_ISREG (found->record.st_mode);
  if (!is_egg && !found->has_record && is_left_over (found->path))
    g_clear_pointer (&found, installed_free);
  return found;
}

/* What is installed of whom: told of all that is installed now, since a run may change it. */
void
installed_look (Installed *installed)
{
  g_autofree char *path = g_build_filename (installed->path, "direct_url.json", NULL);

  if (installed->is_looked_at)
    return;
  installed->is_looked_at = TRUE;
  installed->direct_url = regular_contents (path, NULL);
  installed->is_editable = installed->direct_url != NULL && is_editable (installed->direct_url);
}

static gint
by_entry (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(Installed *const *) a)->entry, (*(Installed *const *) b)->entry);
}

/* The distributions in these directories, of which the second may be NULL or the same:
 * Installed, sorted; free with g_ptr_array_unref().  NULL with error set when one can't be
 * read.  places, which may be NULL, receives what the directories are; zeros for nothing. */
GPtrArray *
installed_list (const char *purelib, const char *platlib, struct stat places[2], GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (installed_free);
  const char *const libs[] = { purelib, platlib };
  struct stat first = { 0 }, st;

  for (guint i = 0; i < G_N_ELEMENTS (libs); i++)
    {
      g_autoptr (GDir) dir = NULL;
      const char *entry;
      int found_it = libs[i] == NULL ? -1 : stat (libs[i], &st);

      if (found_it == 0 && places != NULL)
        places[i] = st;
      if (libs[i] == NULL || (found_it < 0 && errno == ENOENT)
          || (found_it == 0 && i > 0 && st.st_ino == first.st_ino && st.st_dev == first.st_dev))
        continue;
      if (found_it < 0)
        return (refusal_reason (error, "cannot read '%s': %s", libs[i], g_strerror (errno)), NULL);
      if ((dir = g_dir_open (libs[i], 0, error)) == NULL)
        return NULL;
      first = st;
      while (errno = 0, (entry = g_dir_read_name (dir)) != NULL)
        {
          Installed *found = look_at (libs[i], entry);

          if (found != NULL)
            g_ptr_array_add (list, found);
        }
      if (errno != 0) /* GLib does not tell */
        return (refusal_reason (error, "cannot read '%s': %s", libs[i], g_strerror (errno)), NULL);
    }
  g_ptr_array_sort (list, by_entry);
  return g_steal_pointer (&list);
}

/* Tells whether that is a version of a distribution, however it is spelt. */
gboolean
installed_is_version (const Installed *installed, const char *version)
{
  g_autofree char *own = g_strdup (installed->version);

  return g_str_equal (own, version) || release_same (own, version)
         || release_same (g_strdelimit (own, "_", '-'), version);
}
