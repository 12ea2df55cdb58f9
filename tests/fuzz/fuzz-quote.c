/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Quoters.  Texts are gathered; then each shell that is there gets a script
 * that sets a variable to each of them, quoted, and hands the variables to
 * env(1).  What comes out has to be what went in, to the byte, and nothing else
 * may have happened.
 *
 * A text is anything without NUL; Nushell and yash read UTF-8 alone, so the other
 * texts are kept from them.  VENVB_FUZZ_BATCH says how many texts make a batch.
 */

#include "fuzz.h"

#include "stages/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const guint fuzz_mutations = 1200;

#define LONGEST 400 /* a word of csh can't be much longer */

typedef struct
{
  const char *argv[6];  /* of the shell, which gets the script behind them */
  const char *script;   /* the name of a script of its language */
  const char *prologue; /* the first lines */
  const char *format;   /* sets variable %u to %s */
  const char *epilogue; /* %s is env(1) */
  gboolean only_utf8;
} Shell;

#define POSIX_SHELL(...)                                                                           \
  {                                                                                                \
    { __VA_ARGS__ }, "activate", "", "export V_%u=%s\n", "exec %s -0\n", FALSE                     \
  }
#define CSH(prologue, ...)                                                                         \
  {                                                                                                \
    { __VA_ARGS__ }, "x.csh", prologue, "setenv V_%u %s\n", "exec %s -0\n", FALSE                  \
  }

static const Shell shells[] = {
  POSIX_SHELL ("bash", "--norc"),
  POSIX_SHELL ("bash", "--posix"),
  POSIX_SHELL ("dash"),
  POSIX_SHELL ("busybox", "sh"),
  POSIX_SHELL ("mksh"),
  POSIX_SHELL ("ksh93"),
  { { "yash" }, "activate", "", "export V_%u=%s\n", "exec %s -0\n", TRUE },
  POSIX_SHELL ("zsh", "-f"),
  POSIX_SHELL ("zsh", "-f", "-o", "rcquotes"),
  CSH ("", "tcsh", "-f"),
  CSH ("set backslash_quote\n", "tcsh", "-f"),
  CSH ("", "bsd-csh", "-f"),
  { { "fish", "--no-config" }, "x.fish", "", "set -gx V_%u %s\n", "exec %s -0\n", FALSE },
  { { "nu", "--no-config-file" }, "x.nu", "", "$env.V_%u = %s\n", "^%s -0\n", TRUE },
  { { "python3", "-I" },
    "x.py",
    "import os\n",
    "os.environ['V_%u'] = %s\n",
    "os.execv('%1$s', ['%1$s', '-0'])\n",
    FALSE },
  { { "xonsh", "--no-rc" },
    "x.xsh",
    "import os\n",
    "os.environ['V_%u'] = %s\n",
    "os.execv('%1$s', ['%1$s', '-0'])\n",
    FALSE },
};

static GPtrArray *texts;
static guint batch_size;
static char *env_program;

/* The script that sets the variables of the texts from first on, count of
 * them. */
static GString *
make_script (const Shell *shell, guint first, guint count)
{
  GString *script = g_string_new (shell->prologue);

  for (guint i = first; i < first + count; i++)
    {
      const char *text = texts->pdata[i];
      g_autofree char *quoted = quote_for_script (shell->script, text);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      if (!shell->only_utf8 || g_utf8_validate (text, -1, NULL))
        g_string_append_printf (script, shell->format, i, quoted);
    }
  g_string_append_printf (script, shell->epilogue, env_program);
#pragma GCC diagnostic pop
  return script;
}

/* The value of a variable in the output of env -0; NULL when it is not there. */
static const char *
find_value (const GString *out, guint number)
{
  g_autofree char *start = g_strdup_printf ("V_%u=", number);
  const char *end = out->str + out->len;

  for (const char *at = out->str; at < end; at += strlen (at) + 1)
    if (g_str_has_prefix (at, start))
      return at + strlen (start);
  return NULL;
}

/* What is in a file, which is removed: free with g_string_free(). */
static GString *
take_file (const char *path)
{
  char *text = NULL;
  gsize length = 0;
  GString *out;

  MUST_OF (g_file_get_contents (path, &text, &length, NULL), path);
  out = g_string_new_len (text, length);
  g_free (text);
  MUST (unlink (path) == 0);
  return out;
}

/* Runs a script in a directory of its own.  NULL when the shell fails or
 * complains, or there is more in the directory afterwards. */
static GString *
run_script (const Shell *shell, const GString *script)
{
  g_autofree char *work = g_build_filename (fuzz_scratch (), "work", NULL);
  g_autofree char *name = g_strconcat ("work/", shell->script, NULL);
  g_autofree char *program = g_find_program_in_path (shell->argv[0]);
  const char *argv[8] = { program };
  guint n = 1;
  int out, err, status;
  GPid pid;

  MUST (fuzz_write (name, script->str, script->len, 0644));
  for (; shell->argv[n] != NULL; n++)
    argv[n] = shell->argv[n];
  argv[n] = shell->script;
  out = open ("out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  err = open ("err", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  MUST (g_spawn_async_with_fds (work, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &pid, -1, out, err, NULL));
  while (waitpid (pid, &status, 0) < 0)
    MUST (errno == EINTR);
  MUST (close (out) == 0 && close (err) == 0);
  g_autoptr (GString) printed = take_file ("out");
  g_autoptr (GString) complaint = take_file ("err");
  MUST (unlink (name) == 0);
  if (status != 0 || complaint->len > 0 || rmdir (work) < 0)
    return NULL;
  return g_steal_pointer (&printed);
}

/* Tells whether a shell has these texts as they are. */
static gboolean
agrees (const Shell *shell, guint first, guint count)
{
  g_autoptr (GString) script = make_script (shell, first, count);
  g_autoptr (GString) out = run_script (shell, script);

  for (guint i = first; out != NULL && i < first + count; i++)
    if ((!shell->only_utf8 || g_utf8_validate (texts->pdata[i], -1, NULL))
        && g_strcmp0 (find_value (out, i), texts->pdata[i]) != 0)
      return FALSE;
  return out != NULL;
}

/* Ends the program with the text that a shell stumbles over, one of many. */
static void
blame (const Shell *shell, guint first, guint count)
{
  const char *text = texts->pdata[first];
  const char *dir = g_getenv ("VENVB_FUZZ_FINDINGS");

  while (count > 1)
    {
      if (!agrees (shell, first, count / 2))
        count /= 2;
      else
        {
          first += count / 2;
          count -= count / 2;
        }
      text = texts->pdata[first];
    }
  fprintf (stderr, "not as it was in %s %s\n", shell->argv[0],
           shell->argv[1] != NULL ? shell->argv[1] : "");
  if (dir != NULL)
    {
      g_autofree char *path = g_strdup_printf ("%s/quote-%08x", dir, g_str_hash (text));

      g_file_set_contents (path, text, -1, NULL);
    }
  MUST_OF (count == 0, text);
}

/* Shows what was gathered to all shells. */
static void
show_all (void)
{
  for (gsize i = 0; texts->len > 0 && i < G_N_ELEMENTS (shells); i++)
    {
      g_autofree char *program = g_find_program_in_path (shells[i].argv[0]);

      if (program != NULL && !agrees (&shells[i], 0, texts->len))
        blame (&shells[i], 0, texts->len);
    }
  g_ptr_array_set_size (texts, 0);
}

/* What needs no shell: the quoters that have an inverse in GLib. */
static void
check_posix (const char *text)
{
  g_autofree char *quoted = quote_for_script ("activate", text);
  g_autofree char *back = g_shell_unquote (quoted, NULL);

  MUST_OF (g_strcmp0 (back, text) == 0, text);
}

/* cmd reads a line at a time: there is one, with nothing in it that ends it or
 * is special without a ^ in front. */
static void
check_batch (const char *text)
{
  g_autofree char *quoted = quote_for_script ("x.bat", text);

  for (const char *at = quoted; *at != '\0'; at++)
    if (*at == '^' || *at == '%')
      {
        MUST_OF (at[1] != '\0' && (*at == '^' || at[1] == '%'), text);
        at++;
      }
    else
      MUST_OF (!g_ascii_iscntrl (*at) && strchr ("\"&|<>()", *at) == NULL, text);
}

static void
begin (void)
{
  const char *size = g_getenv ("VENVB_FUZZ_BATCH");

  batch_size = size == NULL ? 1300 : (guint) atoi (size);
  env_program = g_find_program_in_path ("env");
  texts = g_ptr_array_new_with_free_func (g_free);
  fuzz_finish = show_all;
  for (gsize i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      g_autofree char *program = g_find_program_in_path (shells[i].argv[0]);

      if (program == NULL)
        printf ("# not there: %s\n", shells[i].argv[0]);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, MIN (size, LONGEST));

  if (texts == NULL)
    begin ();
  check_posix (text);
  check_batch (text);
  if (env_program == NULL)
    return 0;
  g_ptr_array_add (texts, g_steal_pointer (&text));
  if (texts->len >= batch_size)
    show_all ();
  return 0;
}
