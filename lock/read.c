/* SPDX-License-Identifier: BSD-2-Clause */

/* A lock, by the name of its file: pylock.toml, or else requirements. */

#include "lock/room.h"

#include "base/regular.h"

#include <errno.h>

#define KEY_PARTS 32 /* at most, as no lock has */

static Lock *
read_toml (const char *path, const char *text, gsize length, GError **error)
{
  g_autofree char *reason = NULL;
  Place place = { path, 0, NULL, NULL };
  g_autoptr (Node) root = NULL;

  if (!depth_check (text, length, KEY_PARTS, &place.line))
    {
      refusal_set (error, &place, NULL, LOCK_ANEW, "a key has more than %u parts", KEY_PARTS);
      return NULL;
    }
  root = toml_read (text, length, &reason, &place.line);
  if (root != NULL)
    return pylock_parse (path, root, error);
  refusal_set (error, &place, NULL, LOCK_ANEW, "it is not TOML 1.0: %s", reason);
  return NULL;
}

/* All that is in a lock's file: free with g_free().  NULL with error set to a refusal. */
char *
read_text (const char *path, gsize *length, GError **error)
{
  const Place place = { path, 0, NULL, NULL };
  g_autofree char *lower = g_ascii_strdown (path, -1);
  char *text;

  if (g_str_has_suffix (lower, ".toml") && !pylock_is_name (path))
    {
      refusal_set (error, &place, NULL, "rename it",
                   "a lock is called pylock.toml, or pylock.NAME.toml without a full stop in NAME");
      return NULL;
    }
  text = regular_contents (path, length);
  if (text == NULL)
    refusal_set (error, &place, NULL, NULL, "it can't be read: %s", regular_reason (errno));
  return text;
}

/* What that says; NULL with error set to a refusal. */
Lock *
read_parse (const char *path, const char *text, gsize length, GError **error)
{
  return pylock_is_name (path) ? read_toml (path, text, length, error)
                               : reqs_parse (path, text, length, error);
}

/* Reads a lock; NULL with error set to a refusal. */
Lock *
read_lock (const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = read_text (path, &length, error);

  return text == NULL ? NULL : read_parse (path, text, length, error);
}
