/* SPDX-License-Identifier: BSD-2-Clause */

/* pyvenv.cfg: reading any, and reading what was written. */

#include "fuzz.h"

#include "stages/stages.h"

#include <string.h>

const guint fuzz_mutations = 1500;

/* What is to be looked for is a program outside of the environment, or a kind of
 * Python. */
static void
check_request (const char *dir, const char *text)
{
  Request *request = text == NULL ? NULL : request_parse (text, NULL);

  MUST_OF (request == NULL || request->kind != REQUEST_PATH
               || (g_path_is_absolute (text) && !trust_lies_in (text, dir)),
           text);

  MUST_OF (text == NULL || (request != NULL && request->kind != REQUEST_COMMAND), text);
  request_free (request);
}

static void
read_it (const char *dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refusal = NULL;
  g_autoptr (GError) unsafe = NULL;
  g_autoptr (GHashTable) cfg = cfg_read (dir, &error);
  g_autofree char *request = NULL;
  GHashTableIter iter;
  gpointer key, value;

  fuzz_outcome (cfg != NULL, error);
  gboolean told = home_request (dir, &request, &unsafe);
  fuzz_outcome (told, unsafe);
  gboolean same = cfg_check_series (dir, "3.11.2", &refusal);
  fuzz_outcome (same, refusal);
  check_request (dir, request);
  g_hash_table_iter_init (&iter, cfg);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      MUST_OF (strchr (key, '\n') == NULL && strchr (value, '\n') == NULL, value);
      MUST_OF (!g_ascii_isspace (((char *) key)[0]), key);
    }
}

/* Checks that a key has the value that was written, less the blanks around
 * it. */
static void
must_have (GHashTable *cfg, const char *key, const char *value)
{
  g_autofree char *stripped = g_strstrip (g_strdup (value));

  MUST_OF (g_strcmp0 (g_hash_table_lookup (cfg, key), stripped) == 0, value);
}

static VenvbBuilder *
asked_for (char **lines)
{
  VenvbBuilder *builder = venvb_builder_new ();

  venvb_builder_set_prompt (builder, "given");
  venvb_builder_set_command (builder, (const char *const *) lines);
  return builder;
}

/* An environment whose name, prompt and Python are the lines of a text. */
static void
write_and_read (const char *dir, char **lines)
{
  g_autoptr (VenvbBuilder) builder = asked_for (lines);
  g_autoptr (VenvbContext) ctx = context_new (builder, dir, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) cfg = NULL;
  guint n = g_strv_length (lines);
  const char *home = n > 1 && g_utf8_validate (lines[1], -1, NULL) ? lines[1] : "/usr/bin";

  MUST (ctx != NULL);
  venvb_context_set (ctx, VENVB_ATTR_PROMPT, n > 0 ? lines[0] : "");
  context_put (ctx, VENVB_ATTR_PYTHON_DIR, home);
  venvb_context_set (ctx, VENVB_ATTR_VERSION, "3.11.2");
  gboolean written = cfg_write (ctx, &error);
  fuzz_outcome (written, error);
  cfg = cfg_read (dir, &error);
  MUST (cfg != NULL && g_hash_table_size (cfg) == 5);
  g_autofree char *repr = cfg_python_repr (n > 0 ? lines[0] : "");
  if (strchr (home, '\r') == NULL)
    must_have (cfg, "home", home);
  must_have (cfg, "prompt", repr);
  must_have (cfg, "version", "3.11.2");
  must_have (cfg, "include-system-site-packages", "false");
  g_autofree char *path = g_build_filename (dir, "pyvenv.cfg", NULL);
  g_autofree char *text = NULL;
  MUST (g_file_get_contents (path, &text, NULL, NULL));
  MUST_OF (g_utf8_validate (text, -1, NULL), text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *dir = g_build_filename (fuzz_scratch (), "env", NULL);
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  MUST (fuzz_write ("env/pyvenv.cfg", data, size, 0644));
  read_it (dir);
  fuzz_clean ();
  MUST (g_mkdir_with_parents (dir, 0777) == 0);
  write_and_read (dir, lines);
  fuzz_clean ();
  return 0;
}
