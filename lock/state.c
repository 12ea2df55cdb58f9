/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What an environment remembers of the lock that it was made to match.  It says only what
 * need not be read: each distribution is looked at every time, by its name, its version
 * and its RECORD.
 *
 *   venvb-lock 1
 *   lock STAMP SHA256            of the lock's file
 *   for SHA256                   of all else that decides what is installed
 *   has ENTRY STAMP SHA256       a distribution, its RECORD, and its wheel, or -
 */

#include "lock/room.h"

#include "base/regular.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "venvb-lock 1"

static char *
stamp_of (const struct stat *st)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ".%09ld",
                          (guint64) st->st_ino, (gint64) st->st_size, (gint64) st->st_mtim.tv_sec,
                          st->st_mtim.tv_nsec);
}

/* A stamp of a lock tells of changes that keep its size and time, too. */
static char *
stamp_of_lock (const struct stat *st)
{
  g_autofree char *stamp = stamp_of (st);

  return g_strdup_printf ("%s:%" G_GINT64_FORMAT ".%09ld", stamp, (gint64) st->st_ctim.tv_sec,
                          st->st_ctim.tv_nsec);
}

static void
add_list (GChecksum *sum, const char *key, const char *const *list)
{
  g_autofree char *head =
      g_strdup_printf ("%s %u", key, list != NULL ? g_strv_length ((char **) list) : 0);

  g_checksum_update (sum, (const guchar *) head, (gssize) strlen (head) + 1);
  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    g_checksum_update (sum, (const guchar *) list[i], (gssize) strlen (list[i]) + 1);
}

/* What decides, besides the lock, what is installed. */
static char *
key_of (const LockJob *job, const LockWanted *wanted)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_auto (GStrv) tags = wheel_tags_list (wanted->tags);
  const char *const flags[] = { job->no_default_groups ? "d" : "-", job->keep_extras ? "k" : "-",
                                job->keep_seeds != NULL ? "s" : "-", job->exclude_newer, NULL };

  add_list (sum, "extras", job->extras);
  add_list (sum, "groups", job->groups);
  add_list (sum, "seeds", job->keep_seeds);
  add_list (sum, "flags", flags);
  for (guint i = 0; i < MARKER_EXTRAS; i++)
    add_list (sum, "value", (const char *const[]){ wanted->env.values[i], NULL });
  add_list (sum, "tags", (const char *const *) tags);
  return g_strdup (g_checksum_get_string (sum));
}

void
state_free (State *state)
{
  if (state == NULL)
    return;
  g_free (state->stamp);
  g_free (state->digest);
  g_free (state->key);
  g_clear_pointer (&state->has, g_hash_table_unref);
  g_free (state);
}

static void
free_words (gpointer words)
{
  g_strfreev (words);
}

/* Reads what is remembered; NULL where nothing is, or it is damaged. */
State *
state_read (const char *env_dir)
{
  g_autofree char *path = g_build_filename (env_dir, STATE_NAME, NULL);
  g_autofree char *text = regular_contents (path, NULL);
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  State *state;

  if (g_strcmp0 (lines[0], FIRST_LINE) != 0)
    return NULL;
  state = g_new0 (State, 1);
  state->has = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_words);
  for (guint i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      char **words = g_strsplit (lines[i], " ", -1);
      guint n = g_strv_length (words);

      if (n == 4 && g_str_equal (words[0], "has"))
        {
          g_hash_table_replace (state->has, words[1], words);
          continue;
        }
      if (n == 3 && g_str_equal (words[0], "lock"))
        {
          state->stamp = g_strdup (words[1]);
          state->digest = g_strdup (words[2]);
        }
      else if (n == 2 && g_str_equal (words[0], "for"))
        state->key = g_strdup (words[1]);
      g_strfreev (words);
    }
  if (state->digest != NULL && state->key != NULL)
    return state;
  state_free (state);
  return NULL;
}

/* Tells whether a distribution is the one that was noted. */
static const char *const *
find_same (const State *state, const Installed *installed)
{
  const char *const *words =
      state == NULL ? NULL : g_hash_table_lookup (state->has, installed->entry);
  g_autofree char *stamp = stamp_of (&installed->record);

  return words != NULL && g_str_equal (words[2], stamp) ? words : NULL;
}

/* The SHA-256 of the wheel that a distribution was installed from; NULL where that is
 * not known. */
const char *
state_wheel (const State *state, const Installed *installed)
{
  const char *const *words = find_same (state, installed);

  return words == NULL || g_str_equal (words[3], "-") ? NULL : words[3];
}

/* Tells whether all that is installed is as it was noted. */
static gboolean
has_all (const State *state, const GPtrArray *installed)
{
  if (g_hash_table_size (state->has) != installed->len)
    return FALSE;
  for (guint i = 0; i < installed->len; i++)
    if (find_same (state, installed->pdata[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* What is to be remembered of a lock before it is read: free with state_free(). */
State *
state_look (const LockJob *job, const LockWanted *wanted)
{
  State *state = g_new0 (State, 1);
  struct stat st;

  state->key = key_of (job, wanted);
  state->stamp = stat (job->file, &st) < 0 ? g_strdup ("-") : stamp_of_lock (&st);
  return state;
}

/* Tells whether there is nothing to do: the lock is the one that was noted, by its stamp or
 * by its text where that is known, and so is all else that counts. */
gboolean
state_holds (const State *state, const State *seen, const GPtrArray *installed)
{
  return state != NULL && g_str_equal (seen->key, state->key)
         && (g_str_equal (seen->stamp, state->stamp)
             || g_strcmp0 (seen->digest, state->digest) == 0)
         && has_all (state, installed);
}

/* Notes what is installed now.  wheels tells what from: name -> SHA-256.  FALSE with error
 * set on failure. */
gboolean
state_write (VenvbContext *ctx, const State *old, const State *seen, GHashTable *wheels,
             GError **error)
{
  g_autoptr (GPtrArray) installed =
      installed_list (venvb_context_get (ctx, VENVB_ATTR_LIB_PATH),
                      venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH), NULL, error);
  g_autoptr (GString) text = g_string_new (FIRST_LINE "\n");

  if (installed == NULL)
    return FALSE;
  g_string_append_printf (text, "lock %s %s\nfor %s\n", seen->stamp,
                          seen->digest != NULL ? seen->digest : "-", seen->key);
  for (guint i = 0; i < installed->len; i++)
    {
      const Installed *one = installed->pdata[i];
      g_autofree char *record = stamp_of (&one->record);
      const char *wheel = g_hash_table_lookup (wheels, one->name);

      if (wheel == NULL)
        wheel = state_wheel (old, one);
      g_string_append_printf (text, "has %s %s %s\n", one->entry, record,
                              wheel != NULL ? wheel : "-");
    }
  return venvb_context_write_file (ctx, STATE_NAME, text->str, (gssize) text->len, 0666, error);
}
