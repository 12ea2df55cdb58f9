/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What was learnt about interpreters before.  A record holds for a program as
 * long as nothing has changed of what its answer depends on: the file that it
 * leads to, a pyvenv.cfg, ._pth or pybuilddir.txt beside it, the base it names,
 * the library that most of that is in, its standard library, this program, the
 * platform.  A program that hands over to another one, as the shims of pyenv, asdf
 * and mise do, decides anew each time and is never recorded.
 */

#include "pythons/pythons.h"
#include "pythons/facts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define BUCKET "pythons"

static gpointer
make (gpointer builder)
{
  Pythons *pythons = g_new0 (Pythons, 1);
  const GDestroyNotify unref = (GDestroyNotify) g_hash_table_unref;

  pythons->listener = builder_listener (builder);
  pythons->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref);
  pythons->by_request = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref);
  return pythons;
}

static void
destroy (gpointer data)
{
  Pythons *pythons = data;

  g_hash_table_unref (pythons->asked);
  g_hash_table_unref (pythons->by_request);
  g_free (pythons);
}

/* What a builder has learnt about interpreters, borrowed. */
Pythons *
pythons_of (VenvbBuilder *builder)
{
  static const PartKind kind = { make, destroy, NULL };
  Pythons *pythons = builder_part (builder, &kind);

  pythons->cache = cache_of (builder);
  return pythons;
}

static char *
real_path (const char *path)
{
  char *resolved = realpath (path, NULL);
  char *copy = g_strdup (resolved != NULL ? resolved : path);

  free (resolved);
  return copy;
}

/* Adds the stamp of a file beside a program. */
static void
add_stamp_beside (GString *stamps, const char *program, const char *relative)
{
  g_autofree char *dir = g_path_get_dirname (program);
  g_autofree char *path = g_build_filename (dir, relative, NULL);
  g_autofree char *stamp = keys_stamp (path);

  g_string_append_printf (stamps, " %s", stamp);
}

/* What the answer of a program depends on, before it is asked. */
static char *
program_stamp (const char *program)
{
  gboolean is_link = g_file_test (program, G_FILE_TEST_IS_SYMLINK);
  g_autofree char *real = is_link ? real_path (program) : g_strdup (program);
  g_autofree char *base = g_path_get_basename (real);
  g_autofree char *pth = g_strconcat (base, "._pth", NULL);
  g_autoptr (GString) stamps = g_string_new (NULL);
  struct utsname system;

  uname (&system);
  g_string_printf (stamps, "%s %s %s", FACTS_SUM, system.sysname, system.machine);
  add_stamp_beside (stamps, real, base);
  add_stamp_beside (stamps, real, pth);
  add_stamp_beside (stamps, real, "pybuilddir.txt");
  add_stamp_beside (stamps, program, "pyvenv.cfg");
  add_stamp_beside (stamps, program, "../pyvenv.cfg");
  return g_string_free (g_steal_pointer (&stamps), FALSE);
}

/* What it depends on besides, known from the answer: what the base leads to, and
 * what it led to then, its library, and a file of the standard library.  NULL when
 * the answer does not tell. */
static char *
base_stamp (GHashTable *facts)
{
  static const char *const keys[] = { "executable", "real_executable", "libpython", "os_file" };
  g_autoptr (GString) stamps = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *path = g_hash_table_lookup (facts, keys[i]);
      g_autofree char *stamp = path == NULL || path[0] == '\0' ? NULL : keys_stamp (path);

      if (path == NULL)
        return NULL;
      g_string_append_printf (stamps, "%s ", stamp != NULL ? stamp : "");
    }
  return g_string_free (g_steal_pointer (&stamps), FALSE);
}

/* Reads a record: the program's stamp, the base's stamp, the facts; NULL when it
 * does not hold any more.  A NUL follows the text. */
GHashTable *
pythons_parse_record (const char *text, gsize length, const char *stamp)
{
  g_autoptr (GHashTable) facts = NULL;
  gsize first, second;

  if (!g_str_equal (text, stamp))
    return NULL;
  first = strlen (text) + 1;
  second = first + (first < length ? strlen (text + first) + 1 : 0);
  if (second >= length || (facts = facts_parse (text + second, length - second)) == NULL)
    return NULL;
  g_autofree char *base = base_stamp (facts);
  return g_strcmp0 (text + first, base) == 0 ? g_steal_pointer (&facts) : NULL;
}

static GHashTable *
read_record (Cache *cache, const char *key, const char *stamp)
{
  gsize length;
  g_autofree char *text = cache_read (cache, BUCKET, key, &length);

  return text == NULL ? NULL : pythons_parse_record (text, length, stamp);
}

/* The record of these facts, which were read from text: free with g_free().
 * NULL when they don't tell what they depend on. */
char *
pythons_record (const char *stamp, GHashTable *facts, const GString *text, gsize *length)
{
  g_autofree char *base = base_stamp (facts);
  g_autoptr (GString) record = g_string_new (stamp);

  if (base == NULL)
    return NULL;
  g_string_append_c (record, '\0');
  g_string_append_len (record, base, strlen (base) + 1);
  g_string_append_len (record, text->str, text->len);
  *length = record->len;
  return g_string_free (g_steal_pointer (&record), FALSE);
}

static void
write_record (Cache *cache, const char *key, const char *stamp, GHashTable *facts,
              const GString *text)
{
  gsize length;
  g_autofree char *record = pythons_record (stamp, facts, text, &length);

  if (record != NULL)
    cache_write (cache, BUCKET, key, record, length);
}

/* Tells whether a file is a script, which may hand over to any Python under
 * its own name. */
static gboolean
is_script (const char *path)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  return file == NULL || g_mapped_file_get_length (file) < 2
         || memcmp (g_mapped_file_get_contents (file), "#!", 2) == 0;
}

/* Tells whether the program itself answered, and not one it handed over to: that
 * may call itself as it was called, but the kernel knows what it runs. */
static gboolean
answered_itself (const char *program, GHashTable *facts)
{
  const char *self = g_hash_table_lookup (facts, "self");
  const char *running = g_hash_table_lookup (facts, "running");
  g_autofree char *real_self = self == NULL ? NULL : real_path (self);
  g_autofree char *real_program = real_path (program);

  return g_strcmp0 (real_self, real_program) == 0 && !is_script (real_program)
         && (running == NULL || running[0] == '\0' || g_str_equal (running, real_program));
}

/* The facts about a program: from the cache when they still hold, else by
 * asking it, for so many seconds at most. */
static GHashTable *
find_facts (Pythons *pythons, const char *program, guint seconds, GError **error)
{
  g_autofree char *key = keys_make (program, NULL);
  g_autofree char *stamp = program_stamp (program);
  GHashTable *facts = read_record (pythons->cache, key, stamp);
  g_autoptr (GString) text = NULL;

  if (facts != NULL)
    return facts;
  text = g_string_new (NULL);
  facts = facts_query (program, seconds, text, error);
  if (facts == NULL || !answered_itself (program, facts))
    return facts;
  write_record (pythons->cache, key, stamp, facts, text);
  return facts;
}

/* The facts about a program, which are looked for once in the life of a
 * builder: whoever chooses an interpreter has asked already.  Release with
 * g_hash_table_unref(). */
GHashTable *
pythons_get (Pythons *pythons, const char *program, guint seconds, GError **error)
{
  GHashTable *facts = g_hash_table_lookup (pythons->asked, program);

  if (facts == NULL)
    {
      facts = find_facts (pythons, program, seconds, error);
      if (facts == NULL)
        return NULL;
      g_hash_table_insert (pythons->asked, g_strdup (program), facts);
    }
  return g_hash_table_ref (facts);
}

/* Tells whether an interpreter has worked in an environment, as "link" or as
 * "copy", since these facts were told. */
gboolean
pythons_is_tried (GHashTable *facts, const char *how)
{
  const char *tried = g_hash_table_lookup (facts, "tried");
  g_auto (GStrv) words = g_strsplit (tried != NULL ? tried : "", "/", -1);

  return g_strv_contains ((const char *const *) words, how);
}

/* Which program has told these facts, which are from pythons_get(). */
static const char *
program_of (Pythons *pythons, GHashTable *facts)
{
  GHashTableIter iter;
  gpointer program, told;

  g_hash_table_iter_init (&iter, pythons->asked);
  while (g_hash_table_iter_next (&iter, &program, &told))
    if (told == facts)
      return program;
  return NULL;
}

/* Remembers that it has.  Only a record that still holds is written anew: what
 * was tried is what was asked. */
void
pythons_set_tried (Pythons *pythons, GHashTable *facts, const char *how)
{
  const char *tried = g_hash_table_lookup (facts, "tried");
  const char *program = program_of (pythons, facts);

  g_hash_table_insert (facts, g_strdup ("tried"),
                       tried == NULL ? g_strdup (how) : g_strconcat (tried, "/", how, NULL));
  if (program == NULL)
    return;
  g_autofree char *key = keys_make (program, NULL);
  g_autofree char *stamp = program_stamp (program);
  g_autoptr (GHashTable) record = read_record (pythons->cache, key, stamp);
  g_autoptr (GString) text = facts_unparse (facts);

  if (record != NULL)
    write_record (pythons->cache, key, stamp, facts, text);
}
