/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs run with the environment's Python, and pip installed by it. */

#include "stages/stages.h"

#include "base/progress.h"
#include "stages/run-pip.h"

#include "undo/undo.h"

#include <string.h>

/* Where programs start that import what is in the directory they start in: who may
 * write there is root, and nothing is left there. */
#define NOBODYS "/"

/* Who hears what a program writes. */
typedef struct
{
  VenvbContext *ctx;
  VenvbLineFunc line; /* or NULL */
  gpointer line_data;
} Hearers;

static void
deliver (VenvbSource source, const char *line, gpointer data)
{
  const Hearers *hearers = data;

  venvb_context_message (hearers->ctx, source, "%s", line);
  if (hearers->line != NULL)
    hearers->line (source, line, hearers->line_data);
}

/* The variables of a program: ours, those of venv, and what the caller wants. */
static char **
environment (const VenvbContext *ctx, const char *const *changes)
{
  char **envp = g_get_environ ();

  envp = g_environ_setenv (envp, "VIRTUAL_ENV", venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), TRUE);
  envp = g_environ_unsetenv (envp, "PYTHONHOME");
  envp = g_environ_unsetenv (envp, "PYTHONPATH");
  for (guint i = 0; changes != NULL && changes[i] != NULL; i++)
    {
      const char *equals = strchr (changes[i], '=');
      g_autofree char *name = g_strndup (changes[i], equals != NULL ? (gsize) (equals - changes[i])
                                                                    : strlen (changes[i]));

      envp = equals != NULL ? g_environ_setenv (envp, name, equals + 1, TRUE)
                            : g_environ_unsetenv (envp, name);
    }
  return envp;
}

/* What is run, as people know it: the module that a Python runs, or the program.  Free with
 * g_free(). */
static char *
name_of (const char *const *argv)
{
  if (argv[1] != NULL && g_strcmp0 (argv[2], run_pip_py) == 0)
    return g_strdup ("pip");
  for (guint i = 1; argv[i] != NULL && argv[i][0] == '-'; i++)
    if (g_str_has_suffix (argv[i], "m") && argv[i][1] != '-' && argv[i + 1] != NULL)
      return g_path_get_basename (argv[i + 1]);
  return g_path_get_basename (argv[0]);
}

/* Runs a program; that it runs is shown. */
static gboolean
run_shown (const Proc *proc, GError **error)
{
  g_autofree char *name = name_of (proc->argv);
  gboolean ok;

  progress_begin (name, 0);
  ok = proc_run (proc, error);
  progress_end ();
  return ok;
}

gboolean
venvb_context_run_full (VenvbContext *ctx, const char *const *argv, const VenvbRunOptions *options,
                        GError **error)
{
  VenvbRunOptions known = { 0 };
  g_auto (GStrv) envp = NULL;
  Hearers hearers = { ctx, NULL, NULL };
  Proc proc = { .argv = argv, .line = deliver, .data = &hearers };

  if (!errors_given (argv, __func__, "argv", error)
      || !errors_given (argv[0], __func__, "argv[0]", error))
    return FALSE;
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    {
      g_autofree char *program = name_of (argv);

      return would_hold (ctx, program, error);
    }
  if (options != NULL)
    memcpy (&known, options, MIN (options->struct_size, sizeof known));
  hearers.line = known.line;
  hearers.line_data = known.line_data;
  envp = environment (ctx, known.environment);
  proc.envp = envp;
  proc.cwd = known.cwd != NULL ? known.cwd : venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  proc.input = known.input;
  proc.input_length = known.input_length;
  proc.seconds = known.seconds;
  return cfg_hide (ctx, error)
         && (known.only_looks ? context_is_still (ctx, error) : context_expect_program (ctx, error))
         && run_shown (&proc, error);
}

gboolean
venvb_context_run (VenvbContext *ctx, const char *const *argv, GError **error)
{
  return venvb_context_run_full (ctx, argv, NULL, error);
}

/* Runs the environment's Python with some arguments, and some more. */
static gboolean
run_python (VenvbContext *ctx, const char *const *first, const char *const *args,
            const VenvbRunOptions *options, GError **error)
{
  const char *python = venvb_context_get (ctx, VENVB_ATTR_ENV_EXEC_CMD);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();

  if (!errors_given (args, "venvb_context_run_python", "args", error))
    return FALSE;
  if (python == NULL)
    {
      g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                           "cannot run the environment's Python before setup_python has run");
      return FALSE;
    }
  g_ptr_array_add (argv, (gpointer) python);
  for (guint i = 0; first[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) first[i]);
  for (guint i = 0; args[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) args[i]);
  g_ptr_array_add (argv, NULL);
  return venvb_context_run_full (ctx, (const char *const *) argv->pdata, options, error);
}

gboolean
venvb_context_run_python (VenvbContext *ctx, const char *const *args, GError **error)
{
  const char *const none[] = { NULL };

  return run_python (ctx, none, args, NULL, error);
}

/* The same of pip, and what it is installed by: what they write while they run is none of
 * what they leave, should they be ended before they remove it. */
static gboolean
run_tidily (VenvbContext *ctx, const char *const *first, const char *const *args,
            const VenvbRunOptions *options, GError **error)
{
  const char *temp =
      venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN) ? NULL : context_make_temp (ctx);
  g_autofree char *assignment = g_strconcat ("TMPDIR=", temp, NULL);
  g_autoptr (GPtrArray) changes = g_ptr_array_new ();
  VenvbRunOptions known = *options;
  gboolean ok;

  if (temp != NULL)
    g_ptr_array_add (changes, assignment);
  for (guint i = 0; known.environment != NULL && known.environment[i] != NULL; i++)
    g_ptr_array_add (changes, (gpointer) known.environment[i]);
  g_ptr_array_add (changes, NULL);
  known.environment = (const char *const *) changes->pdata;
  ok = run_python (ctx, first, args, &known, error);
  if (temp != NULL)
    context_remove_temp (ctx);
  return ok;
}

/* The directory that relative paths in the user's settings of pip are meant to be in,
 * where that is not the one it starts in: free with g_free(). */
static char *
settings_dir (VenvbContext *ctx, const VenvbRunOptions *options)
{
  char *current = options->cwd != NULL ? g_strdup ("") : envdir_current (NULL);

  return current != NULL ? current : g_strdup (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
}

/* The directory of scripts where it is not the one that the base Python would take: or
 * "". */
static const char *
own_bin (const VenvbContext *ctx)
{
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_NAME);

  return g_strcmp0 (bin, venvb_context_get_fact (ctx, "scripts")) == 0 || bin == NULL ? "" : bin;
}

/* pip reads nothing of what the user has set, but is told what may be (run-pip.py), and
 * where scripts are; nor are modules found where it happens to start. */
gboolean
venvb_context_run_pip (VenvbContext *ctx, const char *const *args, const VenvbRunOptions *options,
                       GError **error)
{
  VenvbRunOptions known = { 0 };

  if (options != NULL)
    memcpy (&known, options, MIN (options->struct_size, sizeof known));
  g_autofree char *dir = settings_dir (ctx, &known);
  const char *const first[] = { known.only_looks ? "-IBc" : "-Ic", run_pip_py, dir, own_bin (ctx),
                                NULL };

  known.struct_size = sizeof known;
  if (known.cwd == NULL)
    known.cwd = NOBODYS;
  return run_tidily (ctx, first, args, &known, error);
}

/* Tells whether this is Debian or one of its descendants, which ship ensurepip
 * in a package of its own. */
static gboolean
is_debian (void)
{
  g_autofree char *text = NULL;

  return g_file_get_contents ("/etc/os-release", &text, NULL, NULL)
         && (strstr (text, "ID=debian") != NULL || strstr (text, "ID_LIKE=debian") != NULL
             || strstr (text, "ID_LIKE=\"ubuntu debian") != NULL);
}

/* Says that the base Python can't install pip, since something is missing, and what
 * to do. */
static void
explain_missing (VenvbContext *ctx, const char *missing, GError **error)
{
  g_auto (GStrv) version = g_strsplit (venvb_context_get (ctx, VENVB_ATTR_VERSION), ".", -1);
  g_autofree char *package =
      g_strdup_printf (" the package python%s.%s-venv or", version[0], version[1]);

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot install pip: '%s' has no %s; install%s use --without-pip",
               venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), missing,
               is_debian () ? package : " it, or");
}

/* The exception that a Python has ended with, by the first of the lines of its output
 * that names one: others follow from it.  NULL when there was none; free with
 * g_free(). */
static char *
exception_in (const char *output)
{
  g_autoptr (GRegex) pattern = g_regex_new ("^[ |]*([A-Za-z_][\\w.]*(?:Error|Exception)(?::.*)?)$",
                                            G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return strstr (output, " File \"") != NULL && g_regex_match (pattern, output, 0, &match)
             ? g_match_info_fetch (match, 1)
             : NULL;
}

/* Says why ensurepip has failed: of a traceback only what it says in the end, and
 * what to do when that is that its wheels are missing. */
static void
explain_failure (VenvbContext *ctx, const GError *cause, GError **error)
{
  g_autofree char *exception = exception_in (cause->message);
  const char *path = exception == NULL ? NULL : strstr (exception, "directory: '");

  if (path != NULL && g_str_has_prefix (exception, "FileNotFoundError:")
      && g_str_has_suffix (path, ".whl'"))
    {
      g_autofree char *wheel = g_strdup_printf ("wheel %s", strchr (path, '\''));

      explain_missing (ctx, wheel, error);
    }
  else if (exception != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot install pip (--without-pip leaves it out, -v tells more): ensurepip of "
                 "'%s': %s",
                 venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), exception);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot install pip (--without-pip leaves it out): %s", cause->message);
}

/* Tells whether the base Python has ensurepip, or may have it. */
static gboolean
has_ensurepip (const VenvbContext *ctx)
{
  const char *stdlib = venvb_context_get_fact (ctx, "stdlib");
  g_autofree char *path =
      stdlib == NULL ? NULL : g_build_filename (stdlib, "ensurepip", "__main__.py", NULL);

  return path == NULL || g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Installs pip the way venv does. */
gboolean
seed_ensurepip (VenvbContext *ctx, GError **error)
{
  /* Not as venv does it, in the environment's directory: what lies there would be
   * imported in place of what is meant. */
  const char *const args[] = { "-I", "-m", "ensurepip", "--upgrade", "--default-pip", NULL };
  /* It takes no settings of pip's, but this as its own, which leaves out commands. */
  const char *const without[] = { "ENSUREPIP_OPTIONS", NULL };
  const char *const none[] = { NULL };
  const VenvbRunOptions options = { .struct_size = sizeof options,
                                    .cwd = NOBODYS,
                                    .environment = without };
  g_autoptr (GError) cause = NULL;

  if (!has_ensurepip (ctx))
    {
      explain_missing (ctx, "ensurepip", error);
      return FALSE;
    }
  if (run_tidily (ctx, args, none, &options, &cause))
    {
      if (own_bin (ctx)[0] != '\0')
        venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                               "ensurepip has put pip's scripts into '%s', not into '%s'",
                               venvb_context_get_fact (ctx, "scripts"), own_bin (ctx));
      return TRUE;
    }
  explain_failure (ctx, cause, error);
  return FALSE;
}

/* Upgrades pip from the index. */
gboolean
seed_upgrade (VenvbContext *ctx, GError **error)
{
  const char *const args[] = { "install", "--upgrade", "pip", NULL };

  if (venvb_context_run_pip (ctx, args, NULL, error))
    return TRUE;
  g_prefix_error (error, "cannot upgrade pip: ");
  return FALSE;
}
