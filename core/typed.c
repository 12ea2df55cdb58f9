/* SPDX-License-Identifier: BSD-2-Clause */

/* The values of the options in a plugin's table: read, verified, and put where the row
 * says.  What is wrong with one is VENVB_ERROR_OPTION, and names the option; a value
 * that is secret it does not show. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "core/table.h"

#include "base/home.h"
#include "base/nearest.h"
#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sets an error about an option: "KEY " and what is said. */
G_GNUC_PRINTF (3, 4)
static gboolean
fail (GError **error, const VenvbOption *row, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s %s", row->key, text);
  return FALSE;
}

/* A value as an error may show it: of a URL that was written wrongly, a user and a
 * password before the host count all the same.  Free with g_free(). */
static char *
shown (const VenvbOption *row, const char *value)
{
  const char *host = strrchr (value, '@');
  g_autofree char *short_one = host != NULL && memchr (value, ':', host - value) != NULL
                                   ? g_strconcat ("****", host, NULL)
                                   : g_strdup (value);

  return row->secret ? g_strdup ("****") : secret_mask_value (row->key, short_one);
}

static gboolean
read_flag (const VenvbOption *row, const char *value, gboolean *flag, GError **error)
{
  static const char *const words[] = { "", "no", "yes", "false", "true", "off", "on", "0", "1" };
  g_autofree char *text = shown (row, value);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (value, words[i]) == 0)
      {
        *flag = i % 2 == 0;
        return TRUE;
      }
  return fail (error, row, "is 'yes' or 'no', not '%s'", text);
}

static gboolean
read_integer (const VenvbOption *row, const char *value, gint64 *number, GError **error)
{
  gboolean is_any = row->least == 0 && row->most == 0;
  gint64 least = is_any ? G_MININT64 : row->least, most = is_any ? G_MAXINT64 : row->most;
  g_autofree char *text = shown (row, value);

  if (g_ascii_string_to_signed (value, 10, least, most, number, NULL))
    return TRUE;
  if (is_any)
    return fail (error, row, "is a number, not '%s'", text);
  return fail (error, row,
               "is a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ", not '%s'", least,
               most, text);
}

static gboolean
read_choice (const VenvbOption *row, const char *value, guint *choice, GError **error)
{
  g_auto (GStrv) words = g_strsplit (row->choices, "|", -1);
  g_autofree char *text = shown (row, value);
  g_autofree char *list = g_strjoinv (", ", words);

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], value))
      {
        *choice = i;
        return TRUE;
      }
  g_autofree char *meant = row->secret ? NULL : nearest_word ((const char *const *) words, value);
  return fail (error, row, "is one of %s, not '%s'%s%s%s", list, text,
               meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
               meant != NULL ? "'?" : "");
}

/* The absolute path that is meant: "~/" is the home directory, inside of a word no shell
 * sees to it.  A relative one starts in start_dir, NULL being the current directory; it
 * is refused where that is "". */
static char *
absolute (const VenvbOption *row, const char *value, const char *start_dir, GError **error)
{
  g_autofree char *text = shown (row, value);
  g_autofree char *here = NULL;

  if (value[0] == '\0')
    fail (error, row, "needs a value");
  else if (g_str_has_prefix (value, "~/"))
    {
      char *path = home_path (value + strlen ("~/"));

      return path != NULL ? path : (fail (error, row, "'%s' is in no home directory", text), NULL);
    }
  else if (g_path_is_absolute (value))
    return g_canonicalize_filename (value, NULL);
  else if (start_dir == NULL && (here = getcwd (NULL, 0)) == NULL)
    fail (error, row, "'%s' starts in the current directory, which can't be told: %s", text,
          g_strerror (errno));
  else if (start_dir == NULL || g_path_is_absolute (start_dir))
    return g_canonicalize_filename (value, start_dir);
  else
    fail (error, row, "'%s' is a relative path", text);
  return NULL;
}

static gboolean
check_file (const VenvbOption *row, const char *path, GError **error)
{
  int failed = g_file_test (path, G_FILE_TEST_IS_DIR) ? EISDIR
               : access (path, R_OK) < 0              ? errno
                                                      : 0;
  g_autofree char *text = shown (row, path);
  g_autofree char *meant = failed == ENOENT && !row->secret ? nearest_entry (path) : NULL;

  return failed == 0
         || (g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "cannot read %s '%s': %s%s%s%s",
                          row->key, text, g_strerror (failed),
                          meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                          meant != NULL ? "'?" : ""),
             FALSE);
}

static gboolean
check_directory (const VenvbOption *row, const char *path, GError **error)
{
  struct stat st;
  int failed = stat (path, &st) < 0 ? errno : S_ISDIR (st.st_mode) ? 0 : ENOTDIR;
  g_autofree char *text = shown (row, path);
  g_autofree char *meant = failed == ENOENT && !row->secret ? nearest_entry (path) : NULL;

  if (failed == ENOENT || failed == ENOTDIR)
    return fail (error, row, "'%s' is not a directory%s%s%s", text,
                 meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                 meant != NULL ? "'?" : "");
  return failed == 0
         || (g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "cannot read %s '%s': %s",
                          row->key, text, g_strerror (failed)),
             FALSE);
}

/* Tells whether there is nothing in the text that a program, or a file of settings,
 * takes for the end of a URL. */
static gboolean
is_one_word (const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar) *text <= ' ' || *text == 0x7f)
      return FALSE;
  return TRUE;
}

static gboolean
check_url (const VenvbOption *row, const char *value, GError **error)
{
  g_autoptr (GUri) url =
      is_one_word (value)
          ? g_uri_parse (value, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL)
          : NULL;
  const char *scheme = url == NULL ? NULL : g_uri_get_scheme (url);
  gboolean is_web = g_strcmp0 (scheme, "https") == 0 || g_strcmp0 (scheme, "http") == 0;
  const char *host = url == NULL ? NULL : g_uri_get_host (url);
  g_autofree char *text = shown (row, value);

  if (is_web ? host != NULL && host[0] != '\0' : g_strcmp0 (scheme, "file") == 0)
    return TRUE;
  if (secret_is_in (value))
    return fail (error, row, "is not a URL of https, http or file");
  return fail (error, row, "'%s' is not a URL of https, http or file", text);
}

/* The value of text or of a path as the plugin gets it: free with g_free(). */
static char *
read_text (const VenvbOption *row, const char *value, const char *start_dir, GError **error)
{
  gboolean is_url = row->kind == VENVB_KIND_URL
                    || (row->kind == VENVB_KIND_PLACE && strstr (value, "://") != NULL);
  g_autofree char *path = NULL;

  if (value[0] == '\0' && !row->may_be_empty)
    return fail (error, row, "needs a value"), NULL;
  if (row->kind == VENVB_KIND_STRING || value[0] == '\0')
    return g_strdup (value);
  if (is_url)
    return check_url (row, value, error) ? g_strdup (value) : NULL;
  path = absolute (row, value, start_dir, error);
  if (path == NULL || (row->kind == VENVB_KIND_FILE && !check_file (row, path, error)))
    return NULL;
  if ((row->kind == VENVB_KIND_DIRECTORY || row->kind == VENVB_KIND_PLACE)
      && !check_directory (row, path, error))
    return NULL;
  return g_steal_pointer (&path);
}

/* A value, read. */
typedef struct
{
  gboolean flag;
  guint choice;
  gint64 number;
  char *text; /* as set_option gets it */
} Value;

static gboolean
read_value (const VenvbOption *row, const char *given, const char *start_dir, Value *value,
            GError **error)
{
  gboolean ok = TRUE;

  if (row->kind == VENVB_KIND_FLAG)
    ok = read_flag (row, given, &value->flag, error);
  else if (row->kind == VENVB_KIND_INTEGER)
    ok = read_integer (row, given, &value->number, error);
  else if (row->kind == VENVB_KIND_CHOICE)
    ok = read_choice (row, given, &value->choice, error);
  else
    return (value->text = read_text (row, given, start_dir, error)) != NULL;
  if (ok)
    value->text = row->kind == VENVB_KIND_FLAG ? g_strdup (value->flag ? "yes" : "no")
                  : row->kind == VENVB_KIND_INTEGER
                      ? g_strdup_printf ("%" G_GINT64_FORMAT, value->number)
                      : g_strdup (given);
  return ok;
}

static void
append (char ***list, char *text)
{
  guint length = g_strv_length (*list);

  *list = g_renew (char *, *list, length + 2);
  (*list)[length] = text;
  (*list)[length + 1] = NULL;
}

/* Puts a value into the data, and takes its text. */
static void
store (const VenvbOption *row, gpointer data, Value *value)
{
  gpointer place = (char *) data + row->place - 1;

  if (row->kind == VENVB_KIND_FLAG)
    *(gboolean *) place = value->flag;
  else if (row->kind == VENVB_KIND_INTEGER)
    *(gint64 *) place = value->number;
  else if (row->kind == VENVB_KIND_CHOICE)
    *(guint *) place = value->choice;
  else if (row->repeated)
    append (place, g_steal_pointer (&value->text));
  else
    {
      g_free (*(char **) place);
      *(char **) place = g_steal_pointer (&value->text);
    }
}

/* The data of a plugin, with nothing given yet: NULL for one that makes its own. */
gpointer
typed_new (const VenvbPlugin *desc)
{
  gpointer data = desc->data_size == 0 ? NULL : g_malloc0 (desc->data_size);

  for (gsize i = 0; i < desc->n_options; i++)
    if (desc->options[i].place > 0 && desc->options[i].repeated)
      *(char ***) ((char *) data + desc->options[i].place - 1) = g_new0 (char *, 1);
  return data;
}

/* Frees the data that typed_new() has made, and what the options have put there. */
void
typed_free (const VenvbPlugin *desc, gpointer data)
{
  for (gsize i = 0; i < desc->n_options && data != NULL; i++)
    {
      const VenvbOption *row = &desc->options[i];
      gpointer place = (char *) data + row->place - 1;

      if (row->place == 0 || row->kind == VENVB_KIND_FLAG || row->kind == VENVB_KIND_INTEGER
          || row->kind == VENVB_KIND_CHOICE)
        continue;
      if (row->repeated)
        g_strfreev (*(char ***) place);
      else
        g_free (*(char **) place);
    }
  if (desc->data_size > 0)
    g_free (data);
}

/* Says of an option that is not known which one may have been meant. */
static void
suggest (const VenvbPlugin *desc, const char *key, GError *error)
{
  g_autofree char *unknown = g_strdup_printf ("unknown option '%s'", key);
  g_autofree char *nearest = NULL;

  if (error == NULL || !g_str_equal (error->message, unknown))
    return;
  nearest = table_nearest (desc, key);
  if (nearest == NULL)
    return;
  g_free (error->message);
  error->message = g_strdup_printf ("%s; did you mean '%s'?", unknown, nearest);
}

/* Where a relative path starts while a plugin looks at an option: see absolute(). */
static _Thread_local const char *current_start_dir;

/* Gives the plugin's own function an option. */
static gboolean
hand_on (const VenvbPlugin *desc, gpointer data, const char *key, const char *value,
         const char *start_dir, GError **error)
{
  gboolean is_known = desc->n_options == 0 || table_find (desc, key) != NULL
                      || table_find (desc, TABLE_OTHERS) != NULL;
  GError *local = NULL;
  gboolean ok = FALSE;

  current_start_dir = start_dir;
  if (desc->set_option != NULL && is_known)
    ok = desc->set_option (data, key, value, &local);
  else
    g_set_error (&local, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
  current_start_dir = NULL;
  suggest (desc, key, local);
  if (local != NULL)
    g_propagate_error (error, local);
  return ok;
}

/* A value by itself, as the table would have it: see venvb_option_read(). */
char *
typed_read (const char *key, VenvbOptionKind kind, const char *value, GError **error)
{
  const VenvbOption row = { .key = key, .kind = kind };
  Value read = { .text = NULL };

  if ((guint) kind >= VENVB_KIND_CHOICE)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "%s is of a kind that can't be read",
                   key);
      return NULL;
    }
  return read_value (&row, value, current_start_dir, &read, error) ? read.text : NULL;
}

/* Gives a plugin an option: reads what its table has, and leaves the rest to the
 * plugin's own set_option, whose result may be ill-formed.  start_dir is where a relative
 * path starts, see absolute(). */
gboolean
typed_set (const VenvbPlugin *desc, gpointer data, const char *key, const char *value,
           const char *start_dir, GError **error)
{
  const VenvbOption *row = table_find (desc, key);
  Value read = { .text = NULL };
  gboolean ok = TRUE;

  if (row == NULL || g_str_equal (key, TABLE_OTHERS))
    return hand_on (desc, data, key, value, start_dir, error);
  if (row->secret)
    secret_learn (value);
  if (!read_value (row, value, start_dir, &read, error))
    return FALSE;
  if (row->place > 0)
    store (row, data, &read);
  else
    ok = hand_on (desc, data, key, read.text, start_dir, error);
  g_free (read.text);
  return ok;
}

/* Fills in what was not given, and notices what is missing; given is the set of the keys
 * that were. */
gboolean
typed_finish (const VenvbPlugin *desc, gpointer data, GHashTable *given, GError **error)
{
  for (gsize i = 0; i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];

      if (g_hash_table_contains (given, row->key))
        continue;
      if (row->required)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "the option '%s' is missing",
                       row->key);
          return FALSE;
        }
      if (row->initial != NULL && !typed_set (desc, data, row->key, row->initial, NULL, error))
        return FALSE;
    }
  return TRUE;
}
