/* SPDX-License-Identifier: BSD-2-Clause */

/* What is secret in a text: next_secret() and mark_learnt() decide that, mask()
 * blots it out.  In doubt it is: too much that is blotted out costs less than too
 * little. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/secret.h"

#include <string.h>

#define BLOT "****"

/* What is shorter counts only where it stands alone. */
#define SHORT 3

/* A text being searched. */
typedef struct
{
  const char *text;
  gboolean is_word; /* it is the word of a command, or a value, and no prose */
} Search;

static gboolean
is_blank (char c)
{
  return c != '\0' && ((guchar) c <= ' ' || c == 0x7f);
}

static gboolean
is_name_char (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '-' || c == '.';
}

/* A name as its letters and digits alone, in lower case, without a number or the
 * "s" of a plural at its end: api_key, API-KEYS and apiKey2 are the same.  Its
 * last word is told by where it begins. */
static char *
normalize (const char *name, gsize length, gsize *last_word)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (length > 0 && g_ascii_isdigit (name[length - 1]))
    length--;
  *last_word = 0;
  for (gsize i = 0; i < length; i++)
    if (g_ascii_isalnum (name[i]))
      g_string_append_c (out, g_ascii_tolower (name[i]));
    else
      *last_word = out->len;
  if (g_str_has_suffix (out->str + *last_word, "s") && !g_str_has_suffix (out->str, "ss"))
    g_string_truncate (out, out->len - 1);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Tells whether a name says that its value is secret. */
static gboolean
is_secret_name (const char *name, gsize length)
{
  static const char *const ends[] = { "password",   "passwd",    "passphrase",   "passcode",
                                      "secret",     "token",     "credential",   "signature",
                                      "apikey",     "authkey",   "accesskey",    "privatekey",
                                      "accountkey", "secretkey", "authorization" };
  static const char *const words[] = { "pass", "pw", "pwd", "auth", "bearer", "sig" };
  gsize last_word;
  g_autofree char *plain = normalize (name, length, &last_word);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (plain, ends[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (plain + last_word, words[i]))
      return length != strlen ("PWD") || strncmp (name, "PWD", length) != 0;
  return FALSE;
}

static gboolean
is_number (const char *text, const char *end)
{
  while (text < end && g_ascii_isdigit (*text))
    text++;
  return text == end;
}

/* Where the user and the password of a URL end, at the '@' before its host;
 * the same place when it has none.  What can't be a port is the begin of a
 * password with a '/' or a blank in it, which should have been encoded. */
static const char *
user_end (const Search *search, const char *user)
{
  const char *end = user, *line, *at, *colon;

  while (*end != '\0' && !is_blank (*end) && strchr ("/?#", *end) == NULL)
    end++;
  at = memrchr (user, '@', end - user);
  colon = memchr (user, ':', end - user);
  if (at == NULL && colon != NULL && user[0] != '[' && !is_number (colon + 1, end))
    {
      line = user + (search->is_word ? strlen (user) : strcspn (user, "\r\n"));
      at = memrchr (end, '@', line - end);
    }
  return at != NULL ? at : user;
}

/* Tells whether the next option of a list begins after a comma. */
static gboolean
begins_option (const Search *search, const char *text)
{
  const char *end = text;

  while (is_name_char (*end))
    end++;
  return (end > text && *end == '=') || (!search->is_word && (*text == '\0' || is_blank (*text)));
}

/* The quote that a value ends at which may end at a blank: its own, or in prose
 * one that was opened before it in the same line; else 0. */
static char
quote_around (const Search *search, const char *value, gboolean at_blank)
{
  gboolean is_open = FALSE;

  if (at_blank && (*value == '\'' || *value == '"'))
    return *value;
  for (const char *at = value; at > search->text && at[-1] != '\n'; at--)
    is_open = is_open != (at[-1] == '\'');
  return is_open && !search->is_word ? '\'' : 0;
}

/* Where the value of something secret ends; before is what stands before its
 * name, or 0. */
static const char *
value_end (const Search *search, char before, const char *value, gboolean at_blank)
{
  char quote = quote_around (search, value, at_blank);
  const char *at = quote == *value && quote != 0 ? value + 1 : value;

  for (; *at != '\0' && (search->is_word || *at != '\n'); at++)
    if (*at == '\\' && at[1] != '\0')
      at++;
    else if (quote != 0 && *at == quote)
      return quote == *value ? at + 1 : at;
    else if (quote == 0 && is_blank (*at) && at_blank)
      return at;
    else if (quote == 0 && !search->is_word && (*at == '\'' || *at == '"'))
      return at;
    else if (before != 0 && strchr ("?&;#", before) != NULL && strchr ("&;#", *at) != NULL)
      return at;
    else if (*at == ',' && before != 0 && begins_option (search, at + 1))
      return at;
  return at;
}

/* Where the value begins that '=', or a blank after "--name", assigns to
 * something secret, and where it ends; NULL when it does not.  "tokens==1.0" is a
 * requirement, and a name after '/' one of a file. */
static const char *
assigned (const Search *search, const char *sign, const char **end)
{
  const char *name_end = sign, *name, *value = sign + 1;
  gboolean is_option;

  while (*sign == '=' && name_end > search->text && name_end[-1] == ' ')
    name_end--;
  for (name = name_end; name > search->text && is_name_char (name[-1]);)
    name--;
  is_option = g_str_has_prefix (name, "--");
  while (name < name_end && *name == '-')
    name++;
  char before = name == search->text || name[-1] == '-' ? 0 : name[-1];
  gboolean is_equal = *value == '=' && (!search->is_word || before != ',');
  if (before == '/' || is_equal || (*sign == ' ' && !is_option)
      || !is_secret_name (name, name_end - name))
    return NULL;
  while (*value == ' ' && (name_end < sign || *sign == ' '))
    value++;
  *end = value_end (search, before, value, !search->is_word || *sign == ' ');
  return value;
}

/* Decides what is secret: finds the first that lies behind a place.  What is
 * blotted out already is none. */
static const char *
next_secret (const Search *search, const char *from, const char **end)
{
  for (const char *at = from; *at != '\0'; at++)
    {
      const char *start = NULL;

      if (g_str_has_prefix (at, "://"))
        {
          start = at + strlen ("://");
          *end = user_end (search, start);
        }
      else if (*at == '=' || (*at == ' ' && search->is_word))
        start = assigned (search, at, end);
      if (start != NULL && *end > start && !g_str_has_prefix (start, BLOT))
        return start;
    }
  return NULL;
}

/* What was learnt, as long as there is a process: char *, the longest first. */
static GMutex learnt_lock;
static GPtrArray *learnt;

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  gsize first = strlen (*(char *const *) a), second = strlen (*(char *const *) b);

  return (first < second) - (first > second);
}

void
secret_learn (const char *value)
{
  if (value[strspn (value, "*")] == '\0')
    return;
  g_mutex_lock (&learnt_lock);
  if (learnt == NULL)
    learnt = g_ptr_array_new ();
  if (!g_ptr_array_find_with_equal_func (learnt, value, g_str_equal, NULL))
    {
      g_ptr_array_add (learnt, g_strdup (value));
      g_ptr_array_sort (learnt, compare_lengths);
    }
  g_mutex_unlock (&learnt_lock);
}

/* How long a quote is where a shell's word has it: '\'' for one. */
static gsize
match_quote (const char *text)
{
  gsize slashes = strspn (text + 1, "\\");

  return slashes > 0 && g_str_has_prefix (text + 1 + slashes, "''") ? slashes + 3 : 1;
}

/* How long the written form of a character is that text begins with, after its
 * backslashes if it has any; 0 when it begins with none. */
static gsize
match_char (const char *text, char c, gboolean is_escaped)
{
  static const char controls[] = "\a\b\t\n\v\f\r";
  const char *control = strchr (controls, c);
  gsize digits = g_str_has_prefix (text, "u00") ? 3 : 1;

  if (*text == c)
    return c == '\'' ? match_quote (text) : 1;
  if (!is_escaped || (guchar) c >= ' ' || *text == '\0')
    return 0;
  if (control != NULL && *text == "abtnvfr"[control - controls])
    return 1;
  return (digits == 3 || *text == 'x') && g_ascii_xdigit_value (text[digits]) == c / 16
                 && g_ascii_xdigit_value (text[digits + 1]) == c % 16
             ? digits + 2
             : 0;
}

/* How long a value is that text begins with, as it is or written with the escapes of
 * options, a shell or JSON, or several of them; 0 when it begins with none.  Any
 * character may have backslashes before it: who typed it had a choice. */
static gsize
match_value (const char *text, const char *value)
{
  const char *at = text, *c = value;
  gsize length = 1;

  while (length > 0 && *c != '\0')
    {
      gsize slashes = strspn (at, "\\"), least = strspn (c, "\\");

      at += slashes;
      c += least;
      length = slashes < least ? 0 : *c == '\0' ? 1 : match_char (at, *c, slashes > least);
      if (length > 0 && *c != '\0')
        {
          at += length;
          c++;
        }
    }
  if (length > 0)
    return at - text;
  return g_str_has_prefix (text, value) ? strlen (value) : 0;
}

/* Tells whether a value of a letter or two stands alone: else hardly anything would be
 * left, and nobody could tell it from the rest. */
static gboolean
is_apart (const char *text, const char *at, gsize length)
{
  static const char around[] = "=,;:'\"()[]{}";

  return (at == text || is_blank (at[-1]) || strchr (around, at[-1]) != NULL)
         && (is_blank (at[length]) || strchr (around, at[length]) != NULL);
}

/* Marks what was learnt; tells whether there is any. */
static gboolean
mark_learnt (const char *text, char *marks)
{
  gboolean found = FALSE;

  g_mutex_lock (&learnt_lock);
  for (guint i = 0; learnt != NULL && i < learnt->len; i++)
    for (const char *at = text; *at != '\0'; at++)
      {
        gsize length = match_value (at, learnt->pdata[i]);

        if (length > 0 && strlen (learnt->pdata[i]) < SHORT && !is_apart (text, at, length))
          length = 0;
        memset (marks + (at - text), TRUE, length);
        found = found || length > 0;
        at += length > 0 ? length - 1 : 0;
      }
  g_mutex_unlock (&learnt_lock);
  return found;
}

/* Marks what is secret, a byte for each of the text's; NULL when nothing is.  What was
 * learnt and what looks secret may overlap: neither hides a part of the other. */
static char *
mark (const char *text, gboolean is_word)
{
  const Search search = { text, is_word };
  g_autofree char *marks = g_malloc0 (strlen (text) + 1);
  gboolean found = mark_learnt (text, marks);
  const char *end;

  for (const char *at = text; (at = next_secret (&search, at, &end)) != NULL; at = end)
    {
      memset (marks + (at - text), TRUE, end - at);
      found = TRUE;
    }
  return found ? g_steal_pointer (&marks) : NULL;
}

/* Blots out what is secret, and then what looks so only without what was blotted
 * out: a blank in it, for one, has kept a URL apart from an '@'. */
static char *
mask (const char *text, gboolean is_word)
{
  g_autofree char *marks = mark (text, is_word);
  g_autoptr (GString) out = g_string_new (NULL);

  if (marks == NULL)
    return g_strdup (text);
  for (gsize i = 0; text[i] != '\0'; i++)
    if (!marks[i])
      g_string_append_c (out, text[i]);
    else if (i == 0 || !marks[i - 1])
      g_string_append (out, BLOT);
  return mask (out->str, is_word);
}

gboolean
secret_is_name (const char *name)
{
  return is_secret_name (name, strlen (name));
}

gboolean
secret_is_in (const char *value)
{
  g_autofree char *marks = mark (value, TRUE);

  return marks != NULL;
}

char *
secret_mask (const char *text)
{
  return mask (text, FALSE);
}

char *
secret_mask_value (const char *name, const char *value)
{
  return secret_is_name (name) && value[0] != '\0' ? g_strdup (BLOT) : mask (value, TRUE);
}

/* A word after "--token" is its value. */
char **
secret_mask_words (const char *const *words)
{
  GPtrArray *masked = g_ptr_array_new ();

  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *option = i > 0 && words[i - 1][0] == '-' ? words[i - 1] : "";

      g_ptr_array_add (masked,
                       secret_mask_value (strchr (option, '=') != NULL ? "" : option, words[i]));
    }
  g_ptr_array_add (masked, NULL);
  return (char **) g_ptr_array_free (masked, FALSE);
}

void
secret_mask_error (GError *error)
{
  if (error == NULL)
    return;
  g_autofree char *message = error->message;
  error->message = secret_mask (message);
}
