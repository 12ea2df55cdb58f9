/* SPDX-License-Identifier: BSD-2-Clause */

/* The plugin relocatable: scripts that are made to find their interpreter
 * beside them, and RECORD files that are corrected for it.  What has no name
 * is the script bin/tool; parts are files below the environment. */

#include "fuzz.h"

#include "../../plugins/relocatable/launcher.h"
#include "../../plugins/relocatable/records.h"
#include "core/core.h"
#include "wheel/room.h"

#include <string.h>

const guint fuzz_mutations = 1500;

#define RECORD "env/lib/x.dist-info/RECORD"
#define NEW_TEXT "new text"
#define PASS_ON "\"$0\" \"$@\"\n' '''\n"

/* What is behind the first lines stays, whatever is in it. */
static void
check_script (const char *text, gsize length)
{
  g_autoptr (Launcher) launcher = launcher_read (text, length);
  g_autoptr (GString) made = NULL;

  if (launcher == NULL)
    return;
  MUST_OF (launcher->length <= length, text);
  MUST_OF (g_path_is_absolute (launcher->interpreter), text);
  made = launcher_make_relative (launcher, text, length);
  if (made == NULL)
    return;
  MUST_OF (g_str_has_prefix (made->str, "#!/bin/sh\n"), made->str);
  gsize rest = length - launcher->length;
  const char *tail = strstr (made->str, PASS_ON);
  MUST_OF (tail != NULL, made->str);
  tail += strlen (PASS_ON);
  gsize left = made->str + made->len - tail;
  MUST_OF (left <= rest && memcmp (tail, text + length - left, left) == 0, made->str);
  g_autoptr (Launcher) again = launcher_read (made->str, made->len);
  MUST_OF (again == NULL || g_str_equal (again->interpreter, "/bin/sh"), made->str);
}

static GHashTable *
read_record (void)
{
  g_autofree char *text = NULL;
  gsize length;

  return g_file_get_contents (RECORD, &text, &length, NULL) ? record_parse (text, length, NULL)
                                                            : NULL;
}

/* All rows are as they were but that of the script, which is right now. */
static void
compare (GHashTable *before, GHashTable *after, const char *lib, const char *tool)
{
  GHashTableIter iter;
  gpointer value;

  MUST (after != NULL && g_hash_table_size (before) == g_hash_table_size (after));
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RecordRow *row = value, *now = g_hash_table_lookup (after, row->path);
      g_autofree char *path = g_canonicalize_filename (row->path, lib);

      MUST_OF (now != NULL, row->path);
      if (!g_str_equal (path, tool))
        MUST_OF (g_str_equal (row->hash, now->hash) && g_str_equal (row->size, now->size),
                 row->path);
    }
}

static void
check_records (void)
{
  g_autofree char *env = g_build_filename (fuzz_scratch (), "env", NULL);
  g_autofree char *lib = g_build_filename (env, "lib", NULL);
  g_autofree char *bin = g_build_filename (env, "bin", NULL);
  g_autofree char *tool = g_build_filename (bin, "tool", NULL);
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autoptr (VenvbContext) ctx = context_new (builder, env, NULL);
  g_autoptr (GHashTable) before = read_record ();
  g_autoptr (GError) error = NULL;
  gboolean ok;

  venvb_context_set (ctx, VENVB_ATTR_LIB_PATH, lib);
  venvb_context_set (ctx, VENVB_ATTR_PLATLIB_PATH, lib);
  venvb_context_set (ctx, VENVB_ATTR_BIN_PATH, bin);
  g_autoptr (Records) records = records_read (ctx, &error);
  if (records != NULL)
    records_set (records, "tool", NEW_TEXT, strlen (NEW_TEXT));
  ok = records != NULL && records_write (records, NULL, &error);
  fuzz_outcome (ok, error);
  if (before == NULL)
    return;
  g_autoptr (GHashTable) after = read_record ();
  compare (before, after, lib, tool);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);
  const FuzzPart *first = parts->len > 0 ? parts->pdata[0] : NULL;

  if (first != NULL && first->name[0] == '\0')
    {
      g_autoptr (GString) bytes = g_string_new_len (first->data, first->length);

      check_script (bytes->str, bytes->len);
    }
  fuzz_write_parts (parts, "env", 4);
  check_records ();
  fuzz_clean ();
  return 0;
}
