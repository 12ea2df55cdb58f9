/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin that goes wrong, where and how it is told.  What it does before:
 *
 *   write=PATH     writes a file in the environment
 *   erase=PATH     removes what is there, in the environment
 *   mkdir=PATH     makes a directory in the environment
 *   change=PATH    remembers a file outside, and writes to it
 *   append=PATH    remembers a file, and writes to it in place
 *   remove=PATH    remembers a file outside, and removes it
 *   fork=PATH      leaves a process behind that keeps writing to PATH
 *   spawn=PATH     leaves a program behind that does so, from a thread
 *   mark=PATH      writes PATH, and tells nobody
 *
 * Then, in the stage `stage` (post_setup where nothing is said), it goes
 * wrong in the way that `how` names: after the rest of the chain, or instead
 * of it with `early`.  VENVB_TEST_LOAD names how `load` does, the options
 * `option` and `ready` how these functions do.
 */

#include "venvb-plugin.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *stage;
  char *how;
  char *ready;
  gboolean early;
  GPtrArray *acts; /* key, value, key, value, ... */
} Data;

/* Crashes: a sanitizer is not to see it coming. */
__attribute__ ((no_sanitize ("undefined"))) static void
crash (void)
{
  volatile int *volatile nowhere = NULL;

  *nowhere = 1;
}

static void *
crash_in_thread (void *data)
{
  crash ();
  return NULL;
}

static gboolean
no_crash (const char *how, GError **error)
{
  if (g_str_equal (how, "error"))
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC, "cannot do it: no luck");
  else if (g_str_equal (how, "lines"))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "one\ntwo\033[31m");
  else if (g_str_equal (how, "both"))
    return g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "half done"), TRUE;
  else if (!g_str_equal (how, "silent"))
    return TRUE;
  return FALSE;
}

static gboolean
go_wrong (const char *how, GError **error)
{
  pthread_t thread;

  if (g_str_equal (how, "segv"))
    crash ();
  else if (g_str_equal (how, "thread")
           && pthread_create (&thread, NULL, crash_in_thread, NULL) == 0)
    pthread_join (thread, NULL);
  else if (g_str_equal (how, "abort"))
    abort ();
  else if (g_str_equal (how, "exit0"))
    exit (0);
  else if (g_str_equal (how, "exit3"))
    exit (3);
  else if (g_str_equal (how, "_exit0"))
    _exit (0);
  else if (g_str_equal (how, "kill"))
    kill (getpid (), SIGKILL);
  else if (g_str_equal (how, "hang"))
    while (pause ())
      ;
  return no_crash (how, error);
}

/* Not for ever, should nobody end it. */
static void
keep_writing (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);

  for (guint i = 0; i < 20000; i++)
    {
      g_mkdir_with_parents (dir, 0777);
      g_file_set_contents (path, "alive\n", -1, NULL);
      g_usleep (200);
    }
  _exit (0);
}

typedef struct
{
  VenvbContext *ctx;
  const char *path;
} Spawn;

static void *
spawn_in_thread (void *data)
{
  const Spawn *spawn = data;
  static const char script[] =
      "for i in $(seq 1000); do mkdir -p \"${1%/*}\"; echo >\"$1\"; sleep .01; done";
  const char *argv[] = { "sh", "-c", script, "sh", spawn->path, NULL };

  venvb_context_run (spawn->ctx, argv, NULL);
  return NULL;
}

static gboolean
append (const char *path)
{
  FILE *file = g_fopen (path, "a");

  return file != NULL && fputs ("more\n", file) >= 0 && fclose (file) == 0;
}

static void
wait_for (const char *path)
{
  for (guint i = 0; i < 1000 && !g_file_test (path, G_FILE_TEST_EXISTS); i++)
    g_usleep (10000);
}

static gboolean
act (VenvbContext *ctx, const char *key, const char *value, GError **error)
{
  static Spawn spawn;
  pthread_t thread;

  if (g_str_equal (key, "erase"))
    return venvb_context_remove (ctx, value, error);
  if (g_str_equal (key, "mkdir"))
    return venvb_context_mkdir (ctx, value, error);
  if (g_str_equal (key, "mark"))
    return g_file_set_contents (value, "written\n", -1, error);
  if (g_str_equal (key, "write"))
    return venvb_context_write_file (ctx, value, "written\n", -1, 0666, error);
  if (g_str_equal (key, "change"))
    return venvb_context_save_file (ctx, value, error)
           && venvb_context_save_file (ctx, value, error)
           && venvb_context_write_file (ctx, value, "changed\n", -1, 0600, error);
  if (g_str_equal (key, "append"))
    return venvb_context_save_file (ctx, value, error) && append (value);
  if (g_str_equal (key, "remove"))
    return venvb_context_save_file (ctx, value, error) && g_unlink (value) == 0;
  if (g_str_equal (key, "fork") && fork () == 0)
    keep_writing (value);
  if (g_str_equal (key, "spawn"))
    spawn = (Spawn){ ctx, g_strdup (value) }; /* the thread outlives the options */
  if (g_str_equal (key, "spawn"))
    pthread_create (&thread, NULL, spawn_in_thread, &spawn);
  wait_for (value);
  return TRUE;
}

static gboolean
run (const char *stage, VenvbNext *next, VenvbContext *ctx, const Data *data, GError **error)
{
  gboolean is_mine = g_str_equal (stage, data->stage);

  if (!(is_mine && data->early) && !venvb_next (next, ctx, error))
    return FALSE;
  if (!is_mine)
    return TRUE;
  for (guint i = 0; i < data->acts->len; i += 2)
    if (!act (ctx, g_ptr_array_index (data->acts, i), g_ptr_array_index (data->acts, i + 1), error))
      return FALSE;
  return go_wrong (data->how, error);
}

#define STAGE(name)                                                                                \
  static gboolean name (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)         \
  {                                                                                                \
    return run (#name, next, ctx, self, error);                                                    \
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

static gboolean
load (gpointer *self, GError **error)
{
  const char *how = g_getenv ("VENVB_TEST_LOAD");
  Data *data;

  if (how != NULL)
    return go_wrong (how, error);
  data = g_new0 (Data, 1);
  data->stage = g_strdup ("post_setup");
  data->how = g_strdup ("");
  data->ready = g_strdup ("");
  data->acts = g_ptr_array_new_with_free_func (g_free);
  *self = data;
  return TRUE;
}

static void
replace (char **member, const char *value)
{
  g_free (*member);
  *member = g_strdup (value);
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  Data *data = self;

  if (g_str_equal (key, "option"))
    return go_wrong (value, error);
  if (g_str_equal (key, "stage"))
    replace (&data->stage, value);
  else if (g_str_equal (key, "how"))
    replace (&data->how, value);
  else if (g_str_equal (key, "ready"))
    replace (&data->ready, value);
  else if (g_str_equal (key, "early"))
    data->early = TRUE;
  else
    {
      g_ptr_array_add (data->acts, g_strdup (key));
      g_ptr_array_add (data->acts, g_strdup (value));
    }
  return TRUE;
}

static gboolean
ready (gpointer self, GError **error)
{
  return go_wrong (((const Data *) self)->ready, error);
}

static void
unload (gpointer self)
{
  Data *data = self;

  if (data == NULL)
    return;
  if (g_getenv ("VENVB_TEST_UNLOAD") != NULL)
    crash ();
  g_free (data->stage);
  g_free (data->how);
  g_free (data->ready);
  g_ptr_array_unref (data->acts);
  g_free (data);
}

static VenvbChanged
changed (VenvbContext *ctx, gpointer self)
{
  if (g_getenv ("VENVB_TEST_CHANGED") != NULL)
    crash ();
  return (VenvbChanged) 77;
}

VENVB_PLUGIN (.name = "misbehave", .version = "1", .summary = "goes wrong", .load = load,
              .set_option = set_option, .ready = ready, .unload = unload,
              .find_python = find_python, .ensure_directories = ensure_directories,
              .create_ignore_files = create_ignore_files,
              .create_configuration = create_configuration, .setup_python = setup_python,
              .setup_pip = setup_pip, .setup_scripts = setup_scripts, .post_setup = post_setup,
              .upgrade_dependencies = upgrade_dependencies, .changed = changed)
