/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Feeds a fuzzing target without libFuzzer: all that lies in corpus/NAME and
 * regress/NAME, then mutations of them, the same ones each time.  With
 * arguments it is these files alone, to look into a finding.
 */

#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_MAX_INPUT 4096
#define STRESS_FACTOR 50
#define SLOW_DIVISOR 10

/* Where there is a sanitizer, it calls this before it ends the program. */
extern void __sanitizer_set_death_callback (void (*func) (void)) __attribute__ ((weak));

static GPtrArray *inputs; /* GBytes: the seeds */
static GPtrArray *tokens; /* GBytes: of the dictionary */
static const char *name;
static const guint8 *current;
static gsize current_size;
static guint n_tests;

/* Leaves the input behind that the target did not survive. */
static void
on_death (void)
{
  char path[256], line[320];
  int fd, length;

  snprintf (path, sizeof path, "%s/fuzz-%s.crash",
            getenv ("FUZZ_CRASH_DIR") != NULL ? getenv ("FUZZ_CRASH_DIR") : "/tmp", name);
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  if (fd < 0 || write (fd, current, current_size) < 0)
    strcpy (path, "nowhere");
  length = snprintf (line, sizeof line, "not ok %u - it died of an input, which is in %s now\n",
                     n_tests + 1, path);
  if (write (STDOUT_FILENO, line, length) < 0)
    _exit (1);
}

static void
on_signal (int number)
{
  signal (number, SIG_DFL);
  on_death ();
  raise (number);
}

/* A sanitizer sees to all but what programs send to themselves. */
static void
prepare_for_death (void)
{
  static const int own[] = { SIGABRT, SIGTRAP }, others[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    signal (own[i], on_signal);
  if (__sanitizer_set_death_callback != NULL)
    __sanitizer_set_death_callback (on_death);
  for (gsize i = 0; i < G_N_ELEMENTS (others) && __sanitizer_set_death_callback == NULL; i++)
    signal (others[i], on_signal);
}

static void
run (const guint8 *data, gsize size)
{
  current = data;
  current_size = size;
  LLVMFuzzerTestOneInput (data, size);
}

/* Calls the target with each file of a folder, in the order of names, and
 * keeps them.  Returns how many there are. */
static guint
run_folder (const char *folder)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("abs_top_srcdir"), "tests", "fuzz", folder, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  const char *entry;
  guint before = inputs->len;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (files, g_build_filename (path, entry, NULL));
  g_ptr_array_sort_with_data (files, (GCompareDataFunc) (void (*) (void)) g_strcmp0, NULL);
  for (guint i = 0; i < files->len; i++)
    {
      char *data;
      gsize size;

      if (!g_file_get_contents (files->pdata[i], &data, &size, NULL))
        continue;
      g_ptr_array_add (inputs, g_bytes_new_take (data, size));
      run ((guint8 *) data, size);
    }
  return inputs->len - before;
}

/* Reads the lines NAME="..." and "..." of a dictionary. */
static void
read_tokens (void)
{
  g_autofree char *file = g_strconcat (name, ".dict", NULL);
  g_autofree char *path =
      g_build_filename (g_getenv ("abs_top_srcdir"), "tests", "fuzz", file, NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *start = lines[i][0] == '#' ? NULL : strchr (lines[i], '"');
      char *end = start == NULL ? NULL : strrchr (lines[i], '"');
      g_autoptr (GString) token = g_string_new (NULL);

      for (char *at = start; at != NULL && ++at < end;)
        if (at[0] != '\\')
          g_string_append_c (token, *at);
        else if (at[1] == 'x')
          {
            g_string_append_c (token,
                               g_ascii_xdigit_value (at[2]) << 4 | g_ascii_xdigit_value (at[3]));
            at += 3;
          }
        else
          g_string_append_c (token, *++at);
      if (token->len > 0)
        g_ptr_array_add (tokens, g_string_free_to_bytes (g_steal_pointer (&token)));
    }
}

static GBytes *
any (GRand *rand, const GPtrArray *of)
{
  return of->pdata[g_rand_int_range (rand, 0, of->len)];
}

/* Puts a piece of some bytes at some place. */
static void
splice (GRand *rand, GByteArray *into, GBytes *from, gboolean all)
{
  gsize size, at = g_rand_int_range (rand, 0, into->len + 1);
  const guint8 *data = g_bytes_get_data (from, &size);
  gsize start = all || size == 0 ? 0 : (gsize) g_rand_int_range (rand, 0, size);
  gsize most = g_rand_int_range (rand, 0, 64);
  gsize length = all ? size : MIN (size - start, most);
  gsize tail = into->len - at;

  if (length == 0 || into->len + length > SIZE_MAX_INPUT)
    return;
  g_byte_array_append (into, data + start, length);
  memmove (into->data + at + length, into->data + at, tail);
  memcpy (into->data + at, data + start, length);
}

/* Changes some bytes in one of the ways that find things. */
static void
mutate (GRand *rand, GByteArray *input)
{
  static const guint8 special[] = "\0\n\r\t\"'\\$`!=,;[]{}()<>|&*?~#%@:/.- \x7f\x80\xff\xe2\x1b"
                                  "019aZ_";
  gsize at = input->len == 0 ? 0 : (gsize) g_rand_int_range (rand, 0, input->len);
  guint length;

  switch (input->len == 0 ? 3 : g_rand_int_range (rand, 0, 7))
    {
    case 0:
      input->data[at] ^= 1 << g_rand_int_range (rand, 0, 8);
      break;
    case 1:
      input->data[at] = special[g_rand_int_range (rand, 0, sizeof special)];
      break;
    case 2:
      length = (guint) g_rand_int_range (rand, 1, 24);
      g_byte_array_remove_range (input, at, MIN (input->len - at, length));
      break;
    case 3:
    case 4:
      splice (rand, input, any (rand, tokens->len > 0 ? tokens : inputs), tokens->len > 0);
      break;
    case 5:
      splice (rand, input, any (rand, inputs), FALSE);
      break;
    default:
      g_byte_array_set_size (input, at);
    }
}

/* Calls the target with mutations; they depend on the seeds and nothing else. */
static void
run_mutations (guint count)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240518);
  g_autoptr (GByteArray) input = g_byte_array_new ();

  for (guint i = 0; i < count && inputs->len > 0; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (any (rand, inputs), &size);

      g_byte_array_set_size (input, 0);
      g_byte_array_append (input, data, MIN (size, SIZE_MAX_INPUT));
      for (int n = g_rand_int_range (rand, 1, 6); n > 0; n--)
        mutate (rand, input);
      run (input->data, input->len);
    }
  if (fuzz_finish != NULL)
    fuzz_finish ();
}

/* Says what has been survived; nothing is no success where there should be
 * some. */
static void
tell (guint count, const char *what, gboolean is_needed)
{
  printf ("%s %u - %u %s\n", count > 0 || !is_needed ? "ok" : "not ok", ++n_tests, count, what);
}

static gboolean
is_set (const char *variable)
{
  const char *value = g_getenv (variable);

  return value != NULL && value[0] != '\0';
}

static int
run_files (char **paths)
{
  for (; *paths != NULL; paths++)
    {
      g_autofree char *data = NULL;
      gsize size;

      if (!g_file_get_contents (*paths, &data, &size, NULL))
        {
          fprintf (stderr, "cannot read '%s'\n", *paths);
          return 1;
        }
      run ((guint8 *) data, size);
      if (fuzz_finish != NULL)
        fuzz_finish ();
    }
  return 0;
}

int
main (int argc, char **argv)
{
  g_autofree char *base = g_path_get_basename (argv[0]);
  gboolean is_slow = is_set ("VALGRIND") || __sanitizer_set_death_callback != NULL;
  guint count = is_slow ? fuzz_mutations / SLOW_DIVISOR : fuzz_mutations;

  name = strstr (base, "fuzz-") != NULL ? strstr (base, "fuzz-") + strlen ("fuzz-") : base;
  prepare_for_death ();
  g_autofree char *cwd = g_get_current_dir ();
  for (int i = 1; i < argc; i++)
    argv[i] = g_canonicalize_filename (argv[i], cwd);
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (is_set ("abs_top_builddir"))
    {
      g_autofree char *modules =
          g_build_filename (g_getenv ("abs_top_builddir"), "wheel", ".libs", NULL);

      g_setenv ("VENVB_MODULE_DIR", modules, FALSE);
    }
  LLVMFuzzerInitialize (&argc, &argv);
  if (argc > 1)
    return run_files (argv + 1);
  inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  tokens = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  printf ("1..3\n");
  tell (run_folder ("corpus"), "seeds", TRUE);
  tell (run_folder ("regress"), "inputs that were findings once", FALSE);
  read_tokens ();
  count *= is_set ("VENVB_STRESS") ? STRESS_FACTOR : 1;
  run_mutations (count);
  tell (count, "mutations of them", TRUE);
  g_ptr_array_unref (inputs);
  g_ptr_array_unref (tokens);
  return 0;
}
