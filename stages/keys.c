/* SPDX-License-Identifier: BSD-2-Clause */

/* Keys of pyvenv.cfg that plugins set: remembered, so that they are there however often
 * the file is written. */

#include "stages/stages.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>

typedef struct
{
  char *key;
  char *value;       /* NULL: it is taken away */
  gboolean is_early; /* set before the core's stage `create` runs the others */
} Key;

static void
key_free (gpointer data)
{
  Key *key = data;

  g_free (key->key);
  g_free (key->value);
  g_free (key);
}

static gpointer
make (gpointer ctx)
{
  return g_ptr_array_new_with_free_func (key_free);
}

/* What the stages of a try that has failed have set, its successor's set again. */
static void
forget (gpointer data)
{
  GPtrArray *all = data;

  for (guint i = all->len; i-- > 0;)
    if (!((const Key *) g_ptr_array_index (all, i))->is_early)
      g_ptr_array_remove_index (all, i);
}

/* The keys that were set, Key, in the order in which they were. */
static GPtrArray *
keys (VenvbContext *ctx)
{
  static const PartKind kind = { make, (GDestroyNotify) g_ptr_array_unref, .forget = forget };

  return context_part (ctx, &kind);
}

/* The key that a line sets: free with g_free(); NULL for none. */
static char *
key_of (const char *line, gsize length)
{
  const char *equals = memchr (line, '=', length);
  char *key = equals == NULL ? NULL : g_strndup (line, equals - line);

  return key == NULL ? NULL : g_strstrip (key);
}

/* Puts a key into a text in place of the first line that sets it, and of all others that
 * do; at the end where there is none. */
static void
put (GString *text, const Key *key)
{
  g_autofree char *line =
      key->value == NULL ? g_strdup ("") : g_strdup_printf ("%s = %s\n", key->key, key->value);
  gboolean is_put = FALSE;

  for (gsize at = 0; at < text->len;)
    {
      gsize length = strcspn (text->str + at, "\n");
      g_autofree char *found = key_of (text->str + at, length);

      length += text->str[at + length] == '\n';
      if (found != NULL && g_ascii_strcasecmp (found, key->key) == 0)
        {
          g_string_erase (text, at, length);
          g_string_insert (text, at, is_put ? "" : line);
          length = is_put ? 0 : strlen (line);
          is_put = TRUE;
        }
      at += length;
    }
  if (!is_put && line[0] != '\0' && text->len > 0 && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  if (!is_put)
    g_string_append (text, line);
}

/* Puts all that were set into the text of a pyvenv.cfg. */
void
keys_put (VenvbContext *ctx, GString *text)
{
  const GPtrArray *all = keys (ctx);

  for (guint i = 0; i < all->len; i++)
    put (text, g_ptr_array_index (all, i));
}

/* Why a key can't be set, or NULL. */
static const char *
why_not (const char *key, const char *value)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

  if (key[0] == '\0' || key[strspn (key, plain)] != '\0')
    return "a key has letters, digits, '-', '_' and '.'";
  if (value != NULL && !g_utf8_validate (value, -1, NULL))
    return "its value is not UTF-8, and Python would not start";
  if (value != NULL && strpbrk (value, "\r\n") != NULL)
    return "its value has more than one line";
  if (g_ascii_strcasecmp (key, "home") == 0)
    return "it has to be the base Python's, which is chosen in find_python, by the attribute "
           "python";
  return g_ascii_strcasecmp (key, "include-system-site-packages") == 0
             ? "the flag VENVB_FLAG_SYSTEM_SITE_PACKAGES is for that"
             : NULL;
}

/* Remembers a key, in place of what was remembered. */
static const Key *
remember (VenvbContext *ctx, const char *name, const char *value)
{
  GPtrArray *all = keys (ctx);
  Key *key = NULL;

  for (guint i = 0; i < all->len && key == NULL; i++)
    if (g_ascii_strcasecmp (((Key *) g_ptr_array_index (all, i))->key, name) == 0)
      key = g_ptr_array_index (all, i);
  if (key == NULL)
    {
      key = g_new0 (Key, 1);
      key->key = g_strdup (name);
      g_ptr_array_add (all, key);
    }
  g_free (key->value);
  key->value = g_strdup (value);
  key->is_early = key->is_early || !context_is_at_work (ctx);
  return key;
}

/* Changes the file that is there. */
static gboolean
change (const char *path, const Key *key, GError **error)
{
  g_autofree char *old = regular_contents (path, NULL);
  g_autoptr (GString) text = g_string_new (old);

  if (old == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read '%s': %s", path,
                   regular_reason (errno));
      return FALSE;
    }
  put (text, key);
  return g_str_equal (text->str, old) || fs_write (path, text->str, text->len, 0666, error);
}

gboolean
venvb_context_set_cfg (VenvbContext *ctx, const char *key, const char *value, GError **error)
{
  const char *path = venvb_context_get (ctx, VENVB_ATTR_CFG_PATH);
  const Key *remembered;
  const char *why;

  if (!errors_given (key, __func__, "key", error))
    return FALSE;
  why = why_not (key, value);
  if (why != NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "'%s' can't be set in pyvenv.cfg: %s",
                   key, why);
      return FALSE;
    }
  remembered = remember (ctx, key, value);
  return path == NULL || change (path, remembered, error);
}
