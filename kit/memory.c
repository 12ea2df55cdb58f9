/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a plugin does not free.  The command runs itself again for this, under
 * valgrind where that is installed, which knows whose memory it was.  Else the
 * heap is measured over some lives of the plugin, of which each should leave
 * it as it was.
 */

#include "config.h"

#include "kit/room.h"

#include "base/programs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_MALLINFO2
#include <malloc.h>
#endif

/* Says to the command that it is such a run: the flags of its runs, a colon,
 * the scratch directory. */
#define VARIABLE "VENVB_CHECK_MEMORY"
#define ROUNDS 3
#define WARM_UP 1

#if defined __SANITIZE_ADDRESS__ || !defined HAVE_MALLINFO2
#define CAN_MEASURE 0
#else
#define CAN_MEASURE 1
#endif

static const Run plain_run = { .label = "", .failing = -1, .is_new = TRUE };

/* Tells whether this process is to measure, and takes over the scratch
 * directory of the one that asks for it. */
gboolean
memory_is_asked_for (Check *check)
{
  g_autofree char *value = g_strdup (g_getenv (VARIABLE));
  char *scratch = value == NULL ? NULL : strchr (value, ':');

  if (scratch == NULL)
    return FALSE;
  check->base_on = strtoul (value, NULL, 10);
  check->scratch = g_strdup (scratch + 1);
  check->report_fd = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  g_unsetenv (VARIABLE);
  return TRUE;
}

static gint64
heap_in_use (void)
{
#ifdef HAVE_MALLINFO2
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* By how much the heap grows each time that an environment is made. */
static gint64
heap_growth (Check *check, ChildFunc create)
{
  g_autofree char *env_dir = check_path (check, "project/env");
  gint64 growth = G_MAXINT64;

  for (guint i = 0; i < WARM_UP + ROUNDS; i++)
    {
      gint64 before = heap_in_use ();

      create (check, (gpointer) &plain_run);
      tree_remove (env_dir);
      if (i >= WARM_UP)
        growth = MIN (growth, heap_in_use () - before);
    }
  return growth;
}

/* Makes an environment without the plugin, which is opened even so. */
static void
only_open (Check *check, gpointer run)
{
  session_close (session_open (check, NULL));
  check->base_on = 0;
  run_without_plugin (check, run);
}

/* Measures: what a tool that this process runs under can see, or what the heap
 * tells by itself, in the file `heap`. */
void
memory_measure (Check *check)
{
  g_autofree char *path = check_path (check, "heap");
  g_autofree char *text = NULL;

  if (g_getenv (VARIABLE "_TOOL") != NULL)
    {
      run_with_plugin (check, (gpointer) &plain_run);
      return;
    }
  text = g_strdup_printf ("%" G_GINT64_FORMAT,
                          heap_growth (check, run_with_plugin) - heap_growth (check, only_open));
  (void) g_file_set_contents (path, text, -1, NULL);
}

/* Runs the command again, in a child process, under valgrind or not.  How it
 * ended is reported as a refusal, when that is not well. */
static void
run_again (Check *check, gpointer valgrind)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *xml = check_path (check, "valgrind.xml");
  g_autofree char *xml_option = g_strconcat ("--xml-file=", xml, NULL);
  const guint pip = 1u << VENVB_STAGE_SETUP_PIP | 1u << VENVB_STAGE_UPGRADE_DEPENDENCIES;
  g_autofree char *value =
      g_strdup_printf ("%u:%s", (check->stages & pip) != 0 ? check->base_on : 0, check->scratch);
  const char *python = check->python != NULL ? check->python : check->what->python;
  char *argv[] = { valgrind,
                   "-q",
                   "--leak-check=full",
                   "--show-leak-kinds=definite",
                   "--num-callers=40",
                   "--xml=yes",
                   xml_option,
                   self,
                   "--check-plugin",
                   (char *) check->what->spec,
                   python != NULL ? (char *) "--python" : NULL,
                   (char *) python,
                   NULL };
  char **start = valgrind != NULL ? argv : argv + 7;
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_setenv (VARIABLE, value, TRUE);
  /* What was freed is to count as free at once. */
  g_setenv ("G_SLICE", "always-malloc", TRUE);
  g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0", TRUE);
  if (valgrind != NULL)
    g_setenv (VARIABLE "_TOOL", "valgrind", TRUE);
  if (!g_spawn_sync (NULL, start, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &status, &error))
    check_report (check, REPORT_REFUSAL, error->message);
  else if (status != 0)
    check_report (check, REPORT_REFUSAL, "it did not come to its end");
}

/* An error in valgrind's report, while it is read. */
typedef struct
{
  Check *check;
  const char *object; /* the plugin's file, as valgrind names it */
  GString *text;      /* of the element being read */
  char *kind, *what, *bytes;
  char *frame_object, *frame_function, *frame_file, *frame_line;
  char *place; /* the innermost place in the plugin */
} Report;

static void
clear (char **member)
{
  g_clear_pointer (member, g_free);
}

static void
start_element (GMarkupParseContext *context, const char *name, const char **names,
               const char **values, gpointer data, GError **error)
{
  g_string_truncate (((Report *) data)->text, 0);
}

static void
add_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data,
          GError **error)
{
  g_string_append_len (((Report *) data)->text, text, length);
}

/* The first frame that is the plugin's is where an error is.  What Go's run-time
 * system does with memory, valgrind does not understand. */
static void
end_frame (Report *report)
{
  gboolean is_go =
      report->frame_function != NULL && g_str_has_prefix (report->frame_function, "runtime.");

  if (report->place == NULL && !is_go && g_strcmp0 (report->frame_object, report->object) == 0)
    {
      const char *function = report->frame_function != NULL ? report->frame_function : "?";

      report->place =
          report->frame_file != NULL && report->frame_line != NULL
              ? g_strdup_printf ("%s (%s:%s)", function, report->frame_file, report->frame_line)
              : g_strdup (function);
    }
  clear (&report->frame_object);
  clear (&report->frame_function);
  clear (&report->frame_file);
  clear (&report->frame_line);
}

static void
end_error (Report *report)
{
  if (report->place != NULL && report->bytes != NULL)
    check_problem (report->check, "memory: %s bytes that come from %s are never freed",
                   report->bytes, report->place);
  else if (report->place != NULL)
    check_problem (report->check, "memory: %s, in %s",
                   report->what != NULL ? report->what : report->kind, report->place);
  clear (&report->kind);
  clear (&report->what);
  clear (&report->bytes);
  clear (&report->place);
}

static void
end_element (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Report *report = data;
  const struct
  {
    const char *name;
    char **member;
  } texts[] = {
    { "kind", &report->kind },         { "what", &report->what },
    { "leakedbytes", &report->bytes }, { "obj", &report->frame_object },
    { "fn", &report->frame_function }, { "file", &report->frame_file },
    { "line", &report->frame_line },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (name, texts[i].name))
      {
        clear (texts[i].member);
        *texts[i].member = g_strdup (report->text->str);
      }
  if (g_str_equal (name, "frame"))
    end_frame (report);
  else if (g_str_equal (name, "error"))
    end_error (report);
}

/* Reports the errors that have to do with the plugin. */
static void
read_valgrind (Check *check)
{
  static const GMarkupParser parser = { .start_element = start_element,
                                        .end_element = end_element,
                                        .text = add_text };
  g_autofree char *path = check_path (check, "valgrind.xml");
  g_autofree char *xml = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  char *object = realpath (check->path, NULL);
  Report report = { .check = check, .object = object, .text = text };
  g_autoptr (GMarkupParseContext) context = g_markup_parse_context_new (&parser, 0, &report, NULL);
  gsize length = 0;

  if (g_file_get_contents (path, &xml, &length, NULL))
    g_markup_parse_context_parse (context, xml, length, NULL);
  end_frame (&report);
  end_error (&report);
  free (object);
}

/* Reports by how much the heap grows with each life of the plugin. */
static void
read_heap (Check *check)
{
  g_autofree char *path = check_path (check, "heap");
  g_autofree char *text = NULL;
  gint64 growth = 0;

  if (g_file_get_contents (path, &text, NULL, NULL))
    growth = g_ascii_strtoll (text, NULL, 10);
  if (growth > 0)
    check_problem (check,
                   "memory: each run leaves about %" G_GINT64_FORMAT
                   " bytes; install valgrind to be told which",
                   growth);
}

/* Looks for memory that the plugin does not free. */
void
memory_check (Check *check)
{
  const char *wanted = g_getenv ("VENVB_CHECK_VALGRIND");
  g_autofree char *valgrind = programs_find (wanted != NULL ? wanted : "valgrind");

  if (!CAN_MEASURE)
    {
      check_note (check, "memory is not checked by this build of venvb");
      return;
    }
  if (!child_run (check, run_again, valgrind))
    return;
  if (check->refusal != NULL)
    {
      check_note (check, "memory was not checked: %s: %s", valgrind != NULL ? valgrind : "venvb",
                  check->refusal);
      g_clear_pointer (&check->refusal, g_free);
      return;
    }
  if (valgrind != NULL)
    read_valgrind (check);
  else
    read_heap (check);
}
