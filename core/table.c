/* SPDX-License-Identifier: BSD-2-Clause */

/* The rows of a plugin's table of options: verified, found, told of. */

#include "core/table.h"

#include "base/nearest.h"

#include <string.h>

/* One row for each kind: its name for programs, what the help calls a value, and what
 * it takes in the plugin's data. */
static const struct
{
  const char *name;
  const char *value;
  gsize size;
} kinds[] = {
  [VENVB_KIND_STRING] = { "string", "TEXT", sizeof (char *) },
  [VENVB_KIND_FLAG] = { "flag", "yes|no", sizeof (gboolean) },
  [VENVB_KIND_INTEGER] = { "integer", "NUMBER", sizeof (gint64) },
  [VENVB_KIND_FILE] = { "file", "FILE", sizeof (char *) },
  [VENVB_KIND_DIRECTORY] = { "directory", "DIR", sizeof (char *) },
  [VENVB_KIND_PATH] = { "path", "FILE", sizeof (char *) },
  [VENVB_KIND_URL] = { "url", "URL", sizeof (char *) },
  [VENVB_KIND_PLACE] = { "place", "DIR|URL", sizeof (char *) },
  [VENVB_KIND_CHOICE] = { "choice", NULL, sizeof (guint) },
};

/* Tells whether what only a newer description or row has was left alone. */
gboolean
table_is_zero (const char *bytes, gsize length)
{
  while (length > 0 && *bytes == 0)
    bytes++, length--;
  return length == 0;
}

static gboolean
is_line (const char *text)
{
  return text == NULL || text[strcspn (text, "\r\n\t")] == '\0';
}

/* Tells whether a key goes into specifications, groups and help as it is, or is the one
 * that stands for all others. */
static gboolean
is_key (const char *key)
{
  static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

  return key != NULL && key[0] != '\0'
         && (g_str_equal (key, TABLE_OTHERS) || key[strspn (key, chars)] == '\0');
}

static gboolean
is_text (const VenvbOption *row)
{
  return kinds[row->kind].size == sizeof (char *) && row->kind != VENVB_KIND_INTEGER;
}

/* Tells whether a path that nobody has given depends on the current directory, which may
 * be anybody's. */
static gboolean
is_loose (const VenvbOption *row)
{
  const char *path = row->initial;
  gboolean is_path = row->kind == VENVB_KIND_FILE || row->kind == VENVB_KIND_DIRECTORY
                     || row->kind == VENVB_KIND_PATH || row->kind == VENVB_KIND_PLACE;

  return is_path && path != NULL && path[0] != '\0' && path[0] != '/'
         && !g_str_has_prefix (path, "~/")
         && (row->kind != VENVB_KIND_PLACE || strstr (path, "://") == NULL);
}

static gsize
size_of (const VenvbOption *row)
{
  return row->repeated ? sizeof (char **) : kinds[row->kind].size;
}

/* What is wrong with a row, as a text that is static; NULL for nothing. */
static const char *
wrong_with (const VenvbOption *row, gsize data_size)
{
  gsize size = size_of (row);

  if (!is_line (row->help) || !is_line (row->value))
    return "is not told of on one line";
  if ((row->kind == VENVB_KIND_CHOICE) != (row->choices != NULL && row->choices[0] != '\0'))
    return "has choices and is of another kind, or has none";
  if (row->repeated && row->place > 0 && !is_text (row))
    return "is repeated, which only text and paths can be";
  if (row->least > row->most)
    return "has a least value above its most";
  if (row->required && row->initial != NULL)
    return "is required, and has a value when it is not given";
  if (is_loose (row))
    return "is a relative path when it is not given: whoever runs venvb would have another";
  if (row->place > 0 && (row->place - 1 > data_size || size > data_size - (row->place - 1)))
    return "has its place outside of the plugin's data";
  return NULL;
}

/* An earlier row whose value would go where that of a row does: the member has one type and
 * one value, and is freed once.  NULL when there is none. */
static const VenvbOption *
find_twin (const VenvbPlugin *desc, guint n)
{
  const VenvbOption *row = &desc->options[n];

  for (guint i = 0; i < n && row->place > 0; i++)
    {
      const VenvbOption *other = &desc->options[i];

      if (other->place > 0 && row->place < other->place + size_of (other)
          && other->place < row->place + size_of (row))
        return other;
    }
  return NULL;
}

static gboolean
check_row (const VenvbPlugin *desc, guint n, GError **error)
{
  const VenvbOption *row = &desc->options[n], *twin;
  const char *wrong;

  if (!is_key (row->key))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "its option %u has no possible name",
                 n + 1);
  else if ((guint) row->kind >= G_N_ELEMENTS (kinds))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "its option '%s' is of a kind that only a newer venvb than " VENVB_VERSION " has",
                 row->key);
  else if ((wrong = wrong_with (row, desc->data_size)) != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "its option '%s' %s", row->key, wrong);
  else if (row->place == 0 && desc->set_option == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "its option '%s' has no place, and there is no set_option to take it", row->key);
  else if (table_find (desc, row->key) != row)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "its option '%s' is there twice",
                 row->key);
  else if ((twin = find_twin (desc, n)) != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "its option '%s' goes to the member that '%s' goes to: each needs one of its own",
                 row->key, twin->key);
  else
    return TRUE;
  return FALSE;
}

/* Has a description name rows of our size in place of its own, which may be shorter or
 * longer.  Longer ones must not use what we do not know.  *rows is to be freed with
 * g_free(), after the description's last use. */
gboolean
table_adopt (VenvbPlugin *desc, VenvbOption **rows, GError **error)
{
  const gsize ours = sizeof (VenvbOption), theirs = desc->option_size;
  const char *from = (const char *) desc->options;

  *rows = NULL;
  if (desc->options == NULL && desc->n_options == 0)
    return TRUE;
  if (desc->options == NULL || theirs < offsetof (VenvbOption, repeated) || theirs > 64 * ours
      || theirs % sizeof (gpointer) != 0 || desc->n_options > G_MAXUINT16
      || desc->data_size > G_MAXINT32)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "its table of options has an impossible size: VENVB_OPTIONS() names one");
      return FALSE;
    }
  *rows = g_new0 (VenvbOption, desc->n_options);
  for (gsize i = 0; i < desc->n_options; i++)
    {
      memcpy (&(*rows)[i], from + i * theirs, MIN (ours, theirs));
      if (theirs > ours && !table_is_zero (from + i * theirs + ours, theirs - ours))
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                       "its options use what only a newer venvb than " VENVB_VERSION " has");
          return FALSE;
        }
    }
  desc->options = *rows;
  desc->option_size = ours;
  for (guint i = 0; i < desc->n_options; i++)
    if (!check_row (desc, i, error))
      return FALSE;
  return TRUE;
}

/* The row of a key; NULL when the table has none. */
const VenvbOption *
table_find (const VenvbPlugin *desc, const char *key)
{
  for (gsize i = 0; i < desc->n_options; i++)
    if (g_strcmp0 (desc->options[i].key, key) == 0)
      return &desc->options[i];
  return NULL;
}

/* What programs call the kind of an option. */
const char *
table_kind (const VenvbOption *row)
{
  return kinds[row->kind].name;
}

/* "key=VALUE", or "key[=VALUE]" where the value may be left out. */
static char *
usage (const VenvbOption *row)
{
  const char *value = row->value != NULL     ? row->value
                      : row->choices != NULL ? row->choices
                                             : kinds[row->kind].value;
  if (g_str_equal (row->key, TABLE_OTHERS))
    return g_strdup (value);
  gboolean is_optional = row->may_be_empty || row->kind == VENVB_KIND_FLAG;

  return g_strconcat (row->key, is_optional ? "[=" : "=", value, is_optional ? "]" : "", NULL);
}

/* What there is to know of an option beside its help: "; required". */
static void
add_notes (GString *out, const VenvbOption *row)
{
  if (row->kind == VENVB_KIND_INTEGER && (row->least != 0 || row->most != 0))
    g_string_append_printf (out, "; %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->least,
                            row->most);
  if (row->choices != NULL && row->value != NULL)
    g_string_append_printf (out, "; %s", row->choices);
  if (row->initial != NULL)
    g_string_append_printf (out, " (%s)", row->secret ? "****" : row->initial);
  if (row->required)
    g_string_append (out, "; required");
  if (row->repeated)
    g_string_append (out, "; may be repeated");
  if (row->secret)
    g_string_append (out, "; secret");
}

/* A line for each option, then those that the plugin tells of itself: free with g_free(). */
char *
table_help (const VenvbPlugin *desc)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gsize width = 0;

  for (gsize i = 0; i < desc->n_options; i++)
    {
      g_autofree char *text = usage (&desc->options[i]);
      width = MAX (width, strlen (text));
    }
  for (gsize i = 0; i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];
      g_autofree char *text = usage (row);

      g_string_append_printf (out, "%s%-*s  %s", i > 0 ? "\n" : "", (int) width, text,
                              row->help != NULL ? row->help : "");
      add_notes (out, row);
    }
  if (desc->options_help != NULL && desc->options_help[0] != '\0')
    g_string_append_printf (out, "%s%s", out->len > 0 ? "\n" : "", desc->options_help);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Tells whether a key stands for any: NAME, SECTION.KEY, TABLE_OTHERS. */
static gboolean
is_placeholder (const char *key)
{
  return key[strspn (key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ._*")] == '\0';
}

/* The keys that there are, of the table and of what the plugin tells itself: free with
 * g_strfreev(). */
static char **
all_keys (const VenvbPlugin *desc)
{
  g_auto (GStrv) lines =
      g_strsplit (desc->options_help != NULL ? desc->options_help : "", "\n", -1);
  GPtrArray *keys = g_ptr_array_new ();

  for (gsize i = 0; i < desc->n_options; i++)
    g_ptr_array_add (keys, g_strdup (desc->options[i].key));
  for (guint i = 0; lines[i] != NULL; i++)
    g_ptr_array_add (keys, g_strndup (lines[i], strcspn (lines[i], "=[ \t")));
  g_ptr_array_add (keys, NULL);
  return (char **) g_ptr_array_free (keys, FALSE);
}

/* Tells whether a plugin says that it has an option, or that it takes any. */
gboolean
table_knows (const VenvbPlugin *desc, const char *key)
{
  g_auto (GStrv) keys = all_keys (desc);
  gboolean takes_any = FALSE;

  for (guint i = 0; keys[i] != NULL; i++)
    takes_any = takes_any || (keys[i][0] != '\0' && is_placeholder (keys[i]));
  return takes_any || g_strv_contains ((const char *const *) keys, key);
}

/* The key that was meant: see nearest_word(). */
char *
table_nearest (const VenvbPlugin *desc, const char *key)
{
  g_auto (GStrv) keys = all_keys (desc);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; keys[i] != NULL; i++)
    if (!is_placeholder (keys[i]))
      g_ptr_array_add (words, keys[i]);
  g_ptr_array_add (words, NULL);
  return nearest_word ((const char *const *) words->pdata, key);
}
