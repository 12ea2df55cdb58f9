/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs the executables in a directory for each stage, as run-parts(8) would:
 * steps of one's own in any language.  Each gets the environment's context in
 * variables, and as JSON on its standard input, and may answer.
 */

#include "answers.h"

#include "base/home.h"
#include "venvb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_SECONDS (24 * 60 * 60)

typedef struct
{
  char **dirs;
  gint64 seconds;   /* what one hook may take */
  GHashTable *told; /* paths that were said to be left out */
  Answers *answers; /* for the environment being made; NULL before there is one */
} RunHooks;

/* The folder of a stage is STAGE.d; before-STAGE.d runs before it. */
#define BEFORE "before-"
#define SUFFIX ".d"

static const VenvbOption rows[] = {
  { .key = "dir", VENVB_DIRECTORIES (RunHooks, dirs), .help = "instead of the usual directories" },
  { .key = "timeout",
    VENVB_INTEGER (RunHooks, seconds, 1, MAX_SECONDS),
    .help = "what a hook may take",
    .value = "SECONDS",
    .initial = "600" },
};

static gboolean
run_hooks_load (gpointer *self, GError **error)
{
  RunHooks *plugin = *self;

  plugin->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return TRUE;
}

static void
run_hooks_unload (gpointer self)
{
  RunHooks *plugin = self;

  g_hash_table_unref (plugin->told);
  answers_free (plugin->answers);
}

/* Where no directory was given, the system's and then the user's.  Rights that
 * the user does not have (setuid) are not lent to his hooks. */
static gboolean
run_hooks_ready (gpointer self, GError **error)
{
  RunHooks *plugin = self;
  const char *config = home_config_dir ();

  if (plugin->dirs[0] != NULL)
    return TRUE;
  g_free (plugin->dirs);
  plugin->dirs = g_new0 (char *, 3);
  plugin->dirs[0] = g_strdup (VENVB_HOOKSDIR);
  plugin->dirs[1] = config == NULL ? NULL : g_build_filename (config, "venvb", "hooks.d", NULL);
  return TRUE;
}

/* Tells whether run-parts(8) would run a file of this name: none that is
 * hidden, none that an editor or a package manager leaves behind. */
static gboolean
is_hook_name (const char *name)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-";

  return name[0] != '\0' && name[strspn (name, letters)] == '\0';
}

/* Tells whether a file is hidden, or one that an editor, a merge or a package manager has
 * left: nobody takes it for a hook. */
static gboolean
is_leftover (const char *name)
{
  static const char *const ends[] = { "~",        ".bak",     ".orig",   ".old",      ".rej",
                                      ".save",    ".swp",     ".tmp",    ".disabled", ".rpmnew",
                                      ".rpmsave", ".rpmorig", ".pacnew", ".pacsave" };

  if (name[0] == '.' || name[0] == '#' || strstr (name, ".dpkg-") != NULL
      || strstr (name, ".ucf-") != NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (name, ends[i]))
      return TRUE;
  return FALSE;
}

/* Why an entry is not a hook; NULL when it is one.  is_odd: it may be meant to be one. */
static const char *
why_not (const char *path, const char *name, gboolean *is_odd)
{
  struct stat st;
  int failure = stat (path, &st) < 0 ? errno : 0;
  gboolean is_file = failure == 0 && S_ISREG (st.st_mode);
  gboolean is_executable = is_file && access (path, X_OK) == 0;

  *is_odd = !is_leftover (name) && (is_executable || is_hook_name (name));
  if (!is_hook_name (name))
    return is_leftover (name) ? "it looks like a backup or a hidden file"
                              : "its name has more than letters, digits, '_' and '-'";
  if (failure != 0)
    return g_strerror (failure);
  return is_executable ? NULL : is_file ? "it is not executable" : "it is not a file";
}

/* Says, once in a run, that a file is left out: always, where it may be meant to be a hook. */
static void
tell_left_out (const RunHooks *plugin, VenvbContext *ctx, const char *hook, const char *why,
               gboolean is_odd)
{
  if (g_hash_table_add (plugin->told, g_strdup (hook)))
    venvb_context_message (ctx, is_odd ? VENVB_SOURCE_WARNING : VENVB_SOURCE_MAIN,
                           "run-hooks: '%s' is left out: %s", hook, why);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* Adds the hooks in a directory, in the order in which they run, if they may
 * be run. */
static gboolean
add_hooks (const RunHooks *plugin, VenvbContext *ctx, const char *path, GPtrArray *hooks,
           GError **error)
{
  guint before = hooks->len;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (access (path, F_OK) < 0 && errno == ENOENT)
    return TRUE;
  if (!venvb_context_check_trusted (ctx, path, error)
      || (dir = g_dir_open (path, 0, error)) == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *hook = g_build_filename (path, name, NULL);
      gboolean is_odd;
      const char *why = why_not (hook, name, &is_odd);

      if (why != NULL)
        tell_left_out (plugin, ctx, hook, why, is_odd);
      else if (!venvb_context_check_trusted (ctx, hook, error))
        return FALSE;
      else
        g_ptr_array_add (hooks, g_steal_pointer (&hook));
    }
  if (hooks->len > before)
    qsort (&hooks->pdata[before], hooks->len - before, sizeof (gpointer), compare);
  return TRUE;
}

/* The names of the settings that are on, separated by blanks. */
static char *
flags_of (VenvbContext *ctx)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; venvb_flag_name (i) != NULL; i++)
    if (venvb_context_get_flag (ctx, i))
      g_ptr_array_add (names, (gpointer) venvb_flag_name (i));
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **) names->pdata);
}

/* The moment before or after the stage of this name. */
static guint
moment_of (const char *stage, gboolean is_done)
{
  guint at = 0;

  while (!g_str_equal (venvb_stage_name (at), stage))
    at++;
  return answers_moment (at, is_done);
}

/* Tells whether this run has put the interpreter into bin.  Before that, what is
 * there is somebody else's, and commands are not to be found in it. */
static gboolean
is_filled (guint moment)
{
  return moment >= answers_moment (VENVB_STAGE_SETUP_PYTHON, TRUE);
}

/* The variables of a hook: VENVB_HOOK_STAGE, VENVB_HOOK_FLAGS, VENVB_HOOK_ANSWER, one for
 * each attribute that has a value, what earlier hooks have set, and the environment's bin
 * directory first in PATH when that is filled. */
static char **
variables (const RunHooks *plugin, VenvbContext *ctx, const char *stage, gboolean is_done,
           const char *answer)
{
  const GPtrArray *answered = answers_variables (plugin->answers);
  g_autofree char *flags = flags_of (ctx);
  const char *bin =
      is_filled (moment_of (stage, is_done)) ? venvb_context_get (ctx, VENVB_ATTR_BIN_PATH) : NULL;
  const char *path = g_getenv ("PATH");
  GPtrArray *list = g_ptr_array_new ();

  g_ptr_array_add (list, g_strconcat ("VENVB_HOOK_STAGE=", stage, NULL));
  g_ptr_array_add (list, g_strconcat ("VENVB_HOOK_FLAGS=", flags, NULL));
  g_ptr_array_add (list, g_strconcat ("VENVB_HOOK_ANSWER=", answer, NULL));
  if (bin != NULL)
    g_ptr_array_add (list, g_strdup_printf ("PATH=%s:%s", bin, path ? path : "/usr/bin:/bin"));
  for (guint i = 0; venvb_attr_name (i) != NULL; i++)
    {
      g_autofree char *name = g_ascii_strup (venvb_attr_name (i), -1);
      const char *value = venvb_context_get (ctx, i);

      g_ptr_array_add (list,
                       g_strconcat ("VENVB_HOOK_", name, value != NULL ? "=" : NULL, value, NULL));
    }
  for (guint i = 0; i < answered->len; i++)
    g_ptr_array_add (list, g_strdup (g_ptr_array_index (answered, i)));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

/* What a hook prints. */
typedef struct
{
  VenvbContext *ctx;
  const char *hook;
  gboolean has_warned;
} Printed;

/* Notices an answer in the wrong place. */
static void
hear_line (VenvbSource source, const char *line, gpointer data)
{
  Printed *printed = data;

  if (printed->has_warned || source != VENVB_SOURCE_STDOUT
      || !g_str_has_prefix (line, ANSWERS_BEGIN))
    return;
  printed->has_warned = TRUE;
  g_autofree char *begin = g_strndup (line, strcspn (line, "= "));
  g_autofree char *shown = answers_plain (begin);
  venvb_context_message (printed->ctx, VENVB_SOURCE_WARNING,
                         "run-hooks: '%s' prints '%s', which is not obeyed there: it belongs in "
                         "the file \"$VENVB_HOOK_ANSWER\"",
                         printed->hook, shown);
}

/* Runs one hook, in the environment's directory as soon as there is one. */
static gboolean
run_program (const RunHooks *plugin, VenvbContext *ctx, const char *stage, gboolean is_done,
             const char *hook, const char *answer, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  const char *const argv[] = { hook, NULL };
  g_auto (GStrv) environment = variables (plugin, ctx, stage, is_done, answer);
  g_autofree char *json = venvb_context_to_json (ctx);
  Printed printed = { ctx, hook, FALSE };
  const VenvbRunOptions options = {
    .struct_size = sizeof options,
    .cwd = g_file_test (env_dir, G_FILE_TEST_IS_DIR) ? env_dir : "/",
    .environment = (const char *const *) environment,
    .input = json,
    .input_length = strlen (json),
    .seconds = plugin->seconds,
    .line = hear_line,
    .line_data = &printed,
  };

  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "run-hooks: running '%s'", hook);
  return venvb_context_run_full (ctx, argv, &options, error);
}

/* Runs one hook, and does what it answers. */
static gboolean
run_hook (const RunHooks *plugin, VenvbContext *ctx, const char *stage, gboolean is_done,
          const char *hook, GError **error)
{
  g_autofree char *answer = NULL;
  int fd = answers_open (&answer, error);
  gboolean ok = fd >= 0 && run_program (plugin, ctx, stage, is_done, hook, answer, error)
                && answers_take (plugin->answers, ctx, moment_of (stage, is_done), hook, fd, error);

  if (fd >= 0)
    close (fd);
  return ok;
}

/* Runs the hooks of all directories in their folder of this name.  Before one
 * is run, all of them have to be trusted. */
static gboolean
run_folder (const RunHooks *plugin, VenvbContext *ctx, const char *stage, gboolean is_done,
            GError **error)
{
  g_autofree char *folder = g_strconcat (is_done ? "" : BEFORE, stage, SUFFIX, NULL);
  g_autoptr (GPtrArray) hooks = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; plugin->dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (plugin->dirs[i], folder, NULL);

      if (!add_hooks (plugin, ctx, path, hooks, error))
        return FALSE;
    }
  for (guint i = 0; i < hooks->len; i++)
    if (!run_hook (plugin, ctx, stage, is_done, hooks->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* Tells whether a folder is one for a stage, or not meant to be. */
static gboolean
is_known (const char *folder)
{
  const char *name = g_str_has_prefix (folder, BEFORE) ? folder + strlen (BEFORE) : folder;

  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      g_autofree char *known = g_strconcat (venvb_stage_name (i), SUFFIX, NULL);

      if (g_str_equal (name, known))
        return TRUE;
    }
  return !g_str_has_suffix (name, SUFFIX);
}

/* Warns of folders whose names are no stage's: hooks in them would never run. */
static void
warn_of_unknown (const RunHooks *plugin, VenvbContext *ctx)
{
  for (guint i = 0; plugin->dirs[i] != NULL; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (plugin->dirs[i], 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (!is_known (name))
          venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                                 "run-hooks: there is no stage for '%s/%s'", plugin->dirs[i], name);
    }
}

/* Begins an environment: what was answered for an earlier one does not count. */
static void
begin (RunHooks *plugin, VenvbContext *ctx)
{
  answers_free (plugin->answers);
  plugin->answers = answers_new ();
  warn_of_unknown (plugin, ctx);
}

/* The rest of the chain.  A Python that can't be had was perhaps a hook's wish. */
static gboolean
run_rest (const RunHooks *plugin, gboolean is_search, VenvbNext *next, VenvbContext *ctx,
          GError **error)
{
  const char *from = answers_python_from (plugin->answers);

  if (venvb_next (next, ctx, error))
    return TRUE;
  if (is_search && from != NULL)
    g_prefix_error (error, "as '%s' has asked: ", from);
  return FALSE;
}

/* Each stage: hooks, the rest of the chain, hooks. */
static gboolean
run_stage (const char *stage, VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  gboolean is_search = g_str_equal (stage, venvb_stage_name (VENVB_STAGE_FIND_PYTHON));

  if (is_search)
    begin (self, ctx);
  return run_folder (self, ctx, stage, FALSE, error) && run_rest (self, is_search, next, ctx, error)
         && run_folder (self, ctx, stage, TRUE, error);
}

#define STAGE(name)                                                                                \
  static gboolean name (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)         \
  {                                                                                                \
    return run_stage (#name, next, ctx, self, error);                                              \
  }

STAGE (find_python)
STAGE (ensure_directories)
STAGE (create_ignore_files)
STAGE (create_configuration)
STAGE (setup_python)
STAGE (setup_pip)
STAGE (setup_scripts)
STAGE (post_setup)
STAGE (upgrade_dependencies)
STAGE (finish)

VENVB_PLUGIN (.name = "run-hooks", .version = VENVB_VERSION,
              .summary = "run the executables in a directory for each stage",
              .load = run_hooks_load, .ready = run_hooks_ready, .unload = run_hooks_unload,
              .find_python = find_python, .ensure_directories = ensure_directories,
              .create_ignore_files = create_ignore_files,
              .create_configuration = create_configuration, .setup_python = setup_python,
              .setup_pip = setup_pip, .setup_scripts = setup_scripts, .post_setup = post_setup,
              .upgrade_dependencies = upgrade_dependencies, .finish = finish,
              .changed = venvb_changed_as_seen, VENVB_OPTIONS (RunHooks, rows))
