/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin whose description is in order, and that does one bad thing: what,
 * its option `do` says, and `in` in which function.
 */

#include "venvb-plugin.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MORE_HELP
#define MORE_HELP ""
#endif

typedef struct
{
  char *what;
  char *where;
} Data;

/* What changes the process, or leaves something. */

static void
change_dir (void)
{
  (void) !chdir ("/");
}

static void
change_umask (void)
{
  umask (012);
}

static void
set_variable (void)
{
  g_setenv ("VENVB_BAD", "1", TRUE);
}

static void
unset_variable (void)
{
  g_unsetenv ("HOME");
}

static void
change_locale (void)
{
  setlocale (LC_ALL, "C.UTF-8");
}

static void
ignore_signal (void)
{
  signal (SIGUSR1, SIG_IGN);
}

static void
block_signal (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR2);
  sigprocmask (SIG_BLOCK, &set, NULL);
}

static void
leave_file_open (void)
{
  (void) !open ("/dev/null", O_RDONLY);
}

static void
leave_child (void)
{
  if (fork () == 0)
    {
      for (guint i = 0; i < 600; i++)
        g_usleep (100000);
      _exit (0);
    }
}

static void
print_out (void)
{
  printf ("bad\n");
  fflush (stdout);
}

static void
print_error (void)
{
  fprintf (stderr, "bad\n");
}

static void
write_in (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "bad", NULL);

  g_file_set_contents (path, "bad\n", -1, NULL);
}

static void
write_in_home (void)
{
  write_in (g_get_home_dir ());
}

static void
write_here (void)
{
  write_in (".");
}

/* Where VENVB_TEST_OUTSIDE says: directly, by another program, through a link. */
static void
write_outside (void)
{
  write_in (g_getenv ("VENVB_TEST_OUTSIDE"));
}

static void
write_by_program (void)
{
  const char *const argv[] = { "/bin/sh", "-c", "echo bad >\"$VENVB_TEST_OUTSIDE/bad\"", NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL);
}

static void
write_by_link (void)
{
  g_autofree char *target = g_build_filename (g_getenv ("VENVB_TEST_OUTSIDE"), "bad", NULL);
  g_autofree char *link = g_build_filename (g_getenv ("TMPDIR"), "link", NULL);
  FILE *file;

  (void) !symlink (target, link);
  file = fopen (link, "w");
  g_unlink (link);
  if (file != NULL)
    fclose (file);
}

static void
remove_outside (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("VENVB_TEST_OUTSIDE"), "bad", NULL);

  g_unlink (path);
}

static void
write_in_tmp (void)
{
  write_in (g_getenv ("TMPDIR"));
}

/* What is overwritten is lost. */
static void
lose_memory (void)
{
  G_GNUC_UNUSED static gpointer volatile lost;

  lost = g_malloc (1234);
  lost = NULL;
}

static void
hang (void)
{
  for (;;)
    pause ();
}

/* Another process comes back from the call. */
static void
return_elsewhere (void)
{
  if (fork () != 0)
    pause ();
}

static void
crash (void)
{
  raise (SIGSEGV);
}

static const struct
{
  const char *name;
  void (*act) (void);
} things[] = {
  { "chdir", change_dir },         { "umask", change_umask },
  { "setenv", set_variable },      { "unsetenv", unset_variable },
  { "locale", change_locale },     { "handler", ignore_signal },
  { "mask", block_signal },        { "fd", leave_file_open },
  { "child", leave_child },        { "stdout", print_out },
  { "stderr", print_error },       { "home", write_in_home },
  { "cwd", write_here },           { "tmp", write_in_tmp },
  { "leak", lose_memory },         { "hang", hang },
  { "return", return_elsewhere },  { "outside", write_outside },
  { "program", write_by_program }, { "link", write_by_link },
  { "remove", remove_outside },    { "crash", crash },
};

static void
act (const char *what)
{
  for (guint i = 0; i < G_N_ELEMENTS (things); i++)
    if (g_str_equal (what, things[i].name))
      things[i].act ();
}

static void
maybe (gpointer self, const char *where)
{
  const Data *data = self;

  if (g_str_equal (data->where, where))
    act (data->what);
}

static gboolean
is_to (gpointer self, const char *what)
{
  return g_str_equal (((const Data *) self)->what, what);
}

static gboolean
load (gpointer *self, GError **error)
{
  Data *data = g_new0 (Data, 1);
  const char *what = g_getenv ("VENVB_TEST_BAD");

  data->what = g_strdup (what != NULL ? what : "");
  data->where = g_strdup (what != NULL ? "load" : "post_setup");
  *self = data;
  maybe (data, "load");
  return TRUE;
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  const char *how = g_getenv ("VENVB_TEST_BAD_OPTION");
  Data *data = self;
  char **member = g_str_equal (key, "do") ? &data->what : &data->where;

  if (g_str_equal (key, "do") || g_str_equal (key, "in"))
    {
      g_free (*member);
      *member = g_strdup (value);
      return TRUE;
    }
  if (how == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
  else if (g_str_equal (how, "failed"))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "unknown option '%s'", key);
  else if (g_str_equal (how, "unnamed"))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "that is no option");
  else if (g_str_equal (how, "accept"))
    return TRUE;
  return FALSE;
}

static gboolean
ready (gpointer self, GError **error)
{
  maybe (self, "ready");
  if (!is_to (self, "refuse"))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "an option is missing");
  return FALSE;
}

static void
leave (gpointer self)
{
  crash ();
}

static void
stage_event (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer self)
{
  maybe (self, "stage_event");
}

static VenvbChanged
changed (VenvbContext *ctx, gpointer self)
{
  maybe (self, "changed");
  if (is_to (self, "lie"))
    return (VenvbChanged) 7;
  if (is_to (self, "deny") || is_to (self, "fleeting"))
    return VENVB_CHANGED_NO;
  return is_to (self, "claim") ? VENVB_CHANGED_YES : VENVB_CHANGED_UNKNOWN;
}

/* What leaves all as it was: a file, a link's target and a directory that come and go, a
 * script that is changed and changed back. */
static void
come_and_go (VenvbContext *ctx, const char *script)
{
  g_autofree char *text = NULL;

  venvb_context_write_file (ctx, "fleeting", "bad", -1, 0666, NULL);
  venvb_context_remove (ctx, "fleeting", NULL);
  venvb_context_mkdir (ctx, "passing/by", NULL);
  venvb_context_write_file (ctx, "passing/by/file", "bad", -1, 0666, NULL);
  venvb_context_remove (ctx, "passing", NULL);
  if (g_file_get_contents (script, &text, NULL, NULL))
    {
      venvb_context_write_file (ctx, script, "bad", -1, 0666, NULL);
      venvb_context_write_file (ctx, script, text, -1, 0666, NULL);
    }
}

/* What is done to the environment. */
static void
spoil (VenvbContext *ctx, gpointer self)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *module =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_LIB_PATH), "pip", "__init__.py", NULL);
  g_autofree char *cfg = g_build_filename (env_dir, "pyvenv.cfg", NULL);
  g_autofree char *direct = g_build_filename (env_dir, "direct", NULL);
  g_autofree char *script =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), "activate", NULL);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, g_get_monotonic_time ());
  FILE *file = is_to (self, "edit") ? fopen (module, "r+") : NULL;

  if (file != NULL)
    {
      fputs ("# bad", file);
      fclose (file);
    }
  if (is_to (self, "chmod"))
    g_chmod (module, 0600);
  if (is_to (self, "rewrite") && g_file_test (module, G_FILE_TEST_EXISTS))
    venvb_context_write_file (ctx, module, "# good", -1, 0666, NULL);
  if (is_to (self, "no-cfg"))
    g_unlink (cfg);
  if (is_to (self, "direct") || (is_to (self, "direct-new") && venvb_context_is_new (ctx)))
    g_file_set_contents (direct, "bad", -1, NULL);
  if (is_to (self, "deny"))
    g_file_set_contents (direct, now, -1, NULL);
  if (is_to (self, "fleeting"))
    come_and_go (ctx, script);
  if (is_to (self, "leave"))
    venvb_context_set_data (ctx, "bad.data", self, leave);
  if (is_to (self, "no-python"))
    g_unlink (venvb_context_get (ctx, VENVB_ATTR_ENV_EXE));
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  gboolean ok = is_to (self, "replace") || venvb_next (next, ctx, error);

  if (is_to (self, "swallow") && !ok)
    return g_clear_error (error), TRUE;
  if (!ok)
    return FALSE;
  if (is_to (self, "twice") && !venvb_next (next, ctx, error))
    return FALSE;
  spoil (ctx, self);
  maybe (self, "post_setup");
  return TRUE;
}

/* Runs with --upgrade, too, which post_setup does not. */
static gboolean
setup_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (is_to (self, "no-upgrade") && venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no upgrade, please");
      return FALSE;
    }
  maybe (self, "setup_python");
  return TRUE;
}

static void
unload (gpointer self)
{
  Data *data = self;

  maybe (data, "unload");
  g_free (data->what);
  g_free (data->where);
  g_free (data);
}

VENVB_PLUGIN (.name = "bad", .version = "1", .summary = "does a bad thing",
              .options_help = "do=THING  what to do\nin=WHERE  in which function\n" MORE_HELP,
              .load = load, .set_option = set_option, .ready = ready, .unload = unload,
              .setup_python = setup_python, .post_setup = post_setup, .changed = changed,
              .stage_event = stage_event)
