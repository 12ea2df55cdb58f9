/* SPDX-License-Identifier: BSD-2-Clause */

/* What a person reads when a run is over: what has become of the directory, what is in
 * it, and, on a line of its own, what to type next in the shell that runs. */

#include "command/command.h"

#include <string.h>
#include <unistd.h>

/* More packages than this are counted, not named. */
#define NAMED_MOST 4

/* What lay in an ENV_DIR before the run. */
typedef enum
{
  BEFORE_NOTHING,
  BEFORE_FILES,
  BEFORE_ENVIRONMENT,
} Before;

typedef struct
{
  const char *typed; /* as it was given */
  Before before;
} Seen;

/* The shells, by the names of their processes, with what one types in them. */
static const struct
{
  const char *names[6];
  const char *command, *script;
} shells[] = {
  { { "bash", "zsh", "dash", "sh", "ksh" }, ".", "activate" },
  { { "fish" }, "source", "activate.fish" },
  { { "csh", "tcsh", "bsd-csh" }, "source", "activate.csh" },
  { { "nu" }, "overlay use", "activate.nu" },
  { { "xonsh" }, "source", "activate.xsh" },
  { { "pwsh", "pwsh-preview" }, "&", "Activate.ps1" },
};

#define POSIX 0
#define UNKNOWN G_N_ELEMENTS (shells)

static GHashTable *seen; /* absolute path: its Seen */
static guint running;    /* the shell */

static Before
look (const char *path)
{
  g_autofree char *cfg = g_build_filename (path, "pyvenv.cfg", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  if (dir == NULL || g_dir_read_name (dir) == NULL)
    return BEFORE_NOTHING;
  return g_file_test (cfg, G_FILE_TEST_EXISTS) ? BEFORE_ENVIRONMENT : BEFORE_FILES;
}

static guint
find_shell (const char *name)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (shells) && !g_strv_contains (shells[i].names, name))
    i++;
  return i;
}

/* The shell that runs: who has started us, else the one that the user has by default. */
static guint
running_shell (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) getppid ());
  g_autofree char *name = NULL;
  const char *shell = g_getenv ("SHELL");
  guint which = UNKNOWN;

  if (g_file_get_contents (path, &name, NULL, NULL))
    which = find_shell (g_strchomp (name));
  if (which == UNKNOWN && shell != NULL)
    {
      g_autofree char *base = g_path_get_basename (shell);

      which = find_shell (base);
    }
  return which == UNKNOWN ? POSIX : which;
}

/* Looks at what is there before the run, for summary_print(): that may be in a process of
 * ours. */
void
summary_look (const char *const *env_dirs)
{
  running = running_shell ();
  seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; env_dirs[i] != NULL; i++)
    {
      Seen *entry = g_new (Seen, 1);

      *entry = (Seen){ env_dirs[i], look (env_dirs[i]) };
      g_hash_table_insert (seen, g_canonicalize_filename (env_dirs[i], NULL), entry);
    }
}

/* Tells whether a shell reads the path as it is: then there is no need for quotes. */
static gboolean
is_plain (const char *path)
{
  return path[strspn (path, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-+,@")] == '\0'
         && path[0] != '-' && path[0] != '@';
}

/* What to type: free with g_free(). */
static char *
activation (const char *bin, const char *bin_dir)
{
  guint which = running;
  g_autofree char *there = g_build_filename (bin, shells[which].script, NULL);

  if (!g_file_test (there, G_FILE_TEST_EXISTS))
    which = POSIX;
  g_autofree char *path = g_build_filename (bin_dir, shells[which].script, NULL);
  g_autofree char *quoted = is_plain (path) ? g_strdup (path) : venvb_quote (path, path);

  return g_strdup_printf ("%s %s", shells[which].command, quoted);
}

/* Names what was installed, or counts it. */
static void
add_packages (GString *out, VenvbContext *ctx)
{
  const char *name, *version;
  guint n = 0;

  while (venvb_context_get_wheel (ctx, n, NULL, NULL))
    n++;
  if (n > NAMED_MOST)
    g_string_append_printf (out, ", %u packages installed", n);
  for (guint i = 0; n <= NAMED_MOST && venvb_context_get_wheel (ctx, i, &name, &version); i++)
    g_string_append_printf (out, ", %s %s", name, version);
}

static const char *
what_became (VenvbContext *ctx, Before before)
{
  if (!venvb_context_is_begun (ctx))
    return "nothing was made in";
  if (before == BEFORE_NOTHING || venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR))
    return "created";
  if (before == BEFORE_FILES)
    return "added an environment to";
  return venvb_context_get_changed (ctx) == VENVB_CHANGED_NO ? "nothing to do in" : "updated";
}

/* What a dry run names, with the environment as it was typed: free with g_free(). */
static char *
as_typed (VenvbContext *ctx, const char *what, const char *typed)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  gsize length = strlen (env_dir);

  if (what[0] != '/')
    return g_strdup (what);
  if (strncmp (what, env_dir, length) == 0 && (what[length] == '/' || what[length] == '\0'))
    return g_strdup_printf ("'%s%s'", typed, what + length);
  return g_strdup_printf ("'%s'", what);
}

/* Prints what a dry run has found: a line for each, and whether that is all. */
static void
print_would (VenvbContext *ctx, const char *typed)
{
  VenvbChanged changed = venvb_context_get_changed (ctx);
  const char *action, *what;

  for (guint i = 0; venvb_context_get_would (ctx, i, &action, &what); i++)
    {
      gboolean is_known = !g_str_equal (action, "unknown");
      g_autofree char *named = as_typed (ctx, what, typed);
      g_autofree char *line = is_known ? g_strdup_printf ("would %s %s", action, named)
                                       : g_strdup_printf ("not known: what %s would do", what);

      output_line (stdout, "  ", line);
    }
  g_autofree char *last =
      g_strdup_printf (changed == VENVB_CHANGED_YES  ? "'%s' would be changed; nothing was done"
                       : changed == VENVB_CHANGED_NO ? "'%s' would stay as it is"
                                                     : "whether '%s' would be changed is not known",
                       typed);
  output_line (stdout, "", last);
}

/* Prints it.  Where nothing was looked at, the cache was warmed; what a plugin has made that
 * has replaced the stage create is not known that well. */
void
summary_print (VenvbContext *ctx)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  const char *version = venvb_context_get (ctx, VENVB_ATTR_VERSION);
  const Seen *entry = seen == NULL ? NULL : g_hash_table_lookup (seen, env_dir);
  const char *typed = entry != NULL ? entry->typed : env_dir;
  g_autoptr (GString) line = g_string_new (NULL);

  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    {
      print_would (ctx, typed);
      return;
    }
  if (seen == NULL)
    {
      g_string_printf (line, "the cache is warm for Python %s", version);
      output_line (stdout, "", line->str);
      return;
    }
  g_string_printf (line, "%s '%s'", what_became (ctx, entry != NULL ? entry->before : 0), typed);
  if (entry != NULL && entry->before == BEFORE_FILES && venvb_context_is_begun (ctx)
      && !venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR))
    g_string_append (line, ", which holds other files");
  if (version != NULL)
    g_string_append_printf (line, " (Python %s", version);
  if (version != NULL)
    add_packages (line, ctx);
  if (version != NULL)
    g_string_append_c (line, ')');
  if (bin == NULL)
    {
      output_line (stdout, "", line->str);
      return;
    }
  g_autofree char *bin_dir =
      g_build_filename (typed, venvb_context_get (ctx, VENVB_ATTR_BIN_NAME), NULL);
  g_autofree char *script = g_build_filename (bin, shells[POSIX].script, NULL);

  if (venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE) && !g_file_test (script, G_FILE_TEST_EXISTS))
    {
      g_autofree char *quoted = is_plain (typed) ? g_strdup (typed) : venvb_quote ("sh", typed);

      g_string_append (line, "; --upgrade makes no activation scripts, this does:");
      output_line (stdout, "", line->str);
      g_autofree char *whole = g_strconcat ("venvb ", quoted, NULL);
      output_line (stdout, "  ", whole);
      return;
    }
  g_autofree char *command = activation (bin, bin_dir);
  g_string_append (line, "; activate it with");
  output_line (stdout, "", line->str);
  output_line (stdout, "  ", command);
}
