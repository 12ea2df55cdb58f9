/* SPDX-License-Identifier: BSD-2-Clause */

/* What an interpreter tells of itself, when facts.py asks it. */

#include "pythons/pythons.h"
#include "pythons/facts.h"

#include <stdio.h>
#include <string.h>

#define OLDEST_MAJOR 3
#define OLDEST_MINOR 6

/* What facts.py begins with, and a NUL. */
static const char magic[] = "venvb-facts=1";

/* Reads the records of facts.py; NULL when they are something else.  Release
 * with g_hash_table_unref(). */
GHashTable *
facts_parse (const char *text, gsize length)
{
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *end = text + length;

  if (length < sizeof magic || memcmp (text, magic, sizeof magic) != 0 || end[-1] != '\0')
    return NULL;
  for (const char *at = text + sizeof magic; at < end; at += strlen (at) + 1)
    {
      const char *equals = strchr (at, '=');

      if (equals == NULL)
        return NULL;
      g_hash_table_insert (facts, g_strndup (at, equals - at), g_strdup (equals + 1));
    }
  return g_steal_pointer (&facts);
}

/* The records that facts_parse() reads so: release with g_string_free(). */
GString *
facts_unparse (GHashTable *facts)
{
  GString *text = g_string_new ("venvb-facts=1");
  GHashTableIter iter;
  gpointer key, value;

  g_string_append_c (text, '\0');
  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_string_append_printf (text, "%s=%s", (char *) key, (char *) value);
      g_string_append_c (text, '\0');
    }
  return text;
}

static gboolean
is_supported (const char *implementation)
{
  static const char *const supported[] = { "cpython", "pypy", "graalpy", NULL };

  return implementation != NULL && g_strv_contains (supported, implementation);
}

/* Refuses an interpreter that environments can't be made of. */
gboolean
facts_check (GHashTable *facts, const char *program, GError **error)
{
  const char *implementation = g_hash_table_lookup (facts, "implementation");
  const char *version = g_hash_table_lookup (facts, "version");
  const char *executable = g_hash_table_lookup (facts, "executable");
  const char *problem = g_hash_table_lookup (facts, "problem");
  int major = 0, minor = 0;

  if (version == NULL || sscanf (version, "%d.%d", &major, &minor) != 2)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' does not tell its version", program);
  else if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is Python %s; an environment needs %d.%d or newer", program, version,
                 OLDEST_MAJOR, OLDEST_MINOR);
  else if (!is_supported (implementation))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is %s; only CPython, PyPy and GraalPy are supported", program,
                 implementation);
  else if (problem != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' %s", program, problem);
  else if (executable == NULL || strpbrk (executable, "\n\r") != NULL
           || !g_utf8_validate (executable, -1, NULL))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "the path of '%s' can't be written to pyvenv.cfg", program);
  else
    return TRUE;
  return FALSE;
}

/* Leaves of what a program has printed what facts.py has: one that is a wrapper may
 * say something before that, and after. */
static void
cut (GString *text)
{
  const char *begin = memmem (text->str, text->len, magic, sizeof magic);
  const char *end = memrchr (text->str, '\0', text->len);

  if (begin == NULL)
    return;
  g_string_truncate (text, end + 1 - text->str);
  g_string_erase (text, 0, begin - text->str);
}

/* Runs a Python and returns what facts.py tells of its base: key -> value,
 * to be released with g_hash_table_unref().  A program that has rights which the
 * user has not runs only what a plugin might be.  The records themselves are added
 * to text, which is empty. */
GHashTable *
facts_query (const char *program, guint seconds, GString *text, GError **error)
{
  const char *const argv[] = { program, "-E", "-s", "-S", "-c", facts_py, NULL };
  g_autoptr (GError) cause = NULL;
  GHashTable *facts = NULL;

  if (trust_is_secure () && !venvb_check_trusted (program, error))
    return NULL;
  if (proc_capture (argv, seconds, text, &cause))
    {
      cut (text);
      facts = facts_parse (text->str, text->len);
    }
  if (facts == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not a Python interpreter%s%s",
                 program, cause != NULL ? ": " : "", cause != NULL ? cause->message : "");
  return facts;
}
