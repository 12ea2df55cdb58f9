/* SPDX-License-Identifier: BSD-2-Clause */

/* What --json prints: each line is an object of venvb.schema.json, which says its
 * `schema` and its `kind`.  Nothing in it is ever translated. */

#include "command/report.h"
#include "base/json.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>

/* Members are added under the same number; one that means something else, or goes, is
 * a new one. */
#define SCHEMA 1

/* What is remembered of a run until it has ended: it may be a child process that knows. */
typedef struct
{
  char env_dir[4096];
  char stage[32];       /* the innermost that has failed, or "" */
  char warnings[32768]; /* lines */
} Memory;

static Memory *memory;
static gboolean is_answered; /* by what was printed */

/* Tells whether the answer is to be JSON, where the arguments can't be read otherwise. */
gboolean
report_is_wanted (char **argv)
{
  const char *said = venvb_getenv ("VENVB_JSON");
  gboolean value = FALSE;

  for (; *argv != NULL && !g_str_equal (*argv, "--"); argv++)
    if (g_str_equal (*argv, "--json"))
      said = "yes";
    else if (g_str_has_prefix (*argv, "--json="))
      said = *argv + strlen ("--json=");
  return said != NULL && settings_parse_boolean (said, &value) && value;
}

/* Has warnings and what fails remembered from here on. */
void
report_begin (void)
{
  void *shared =
      mmap (NULL, sizeof (Memory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  memory = shared == MAP_FAILED ? g_new0 (Memory, 1) : shared;
}

/* Notes that what was printed says itself that something is wrong. */
void
report_answered (void)
{
  is_answered = TRUE;
}

/* Notes a warning, which the next object has in it. */
void
report_warning (const char *line)
{
  if (memory == NULL)
    return;
  g_strlcat (memory->warnings, line, sizeof memory->warnings);
  g_strlcat (memory->warnings, "\n", sizeof memory->warnings);
}

/* Notes which environment it is, and where it fails: the innermost stage is told first,
 * and a run that a plugin begins anew forgets that. */
void
report_stage (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event)
{
  if (memory == NULL)
    return;
  if (event == VENVB_EVENT_BEGINS)
    memory->stage[0] = '\0';
  if (event == VENVB_EVENT_BEGINS && stage == VENVB_STAGE_CREATE)
    g_strlcpy (memory->env_dir, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR),
               sizeof memory->env_dir);
  if (event == VENVB_EVENT_FAILS && memory->stage[0] == '\0')
    g_strlcpy (memory->stage, venvb_stage_name (stage), sizeof memory->stage);
}

/* Begins an object: to be ended with report_end(). */
GString *
report_new (const char *kind)
{
  GString *json = g_string_new (NULL);

  json_open (json, NULL, '{');
  json_integer (json, "schema", SCHEMA);
  json_string (json, "kind", kind);
  return json;
}

/* Prints an object, which is freed, as a line. */
void
report_end (GString *json, FILE *out)
{
  json_close (json, '}');
  fprintf (out, "%s\n", json->str);
  g_string_free (json, TRUE);
}

/* Adds the warnings since the last object. */
static void
add_warnings (GString *json)
{
  g_auto (GStrv) lines = g_strsplit (memory != NULL ? memory->warnings : "", "\n", -1);

  json_open (json, "warnings", '[');
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      json_string (json, NULL, lines[i]);
  json_close (json, ']');
  if (memory != NULL)
    memory->warnings[0] = '\0';
}

/* Prints an environment: what hooks get, what is installed now, whoever did it, and what
 * was warned of. */
void
report_context (VenvbContext *ctx, FILE *out)
{
  g_autofree char *known = venvb_context_to_json (ctx);
  GString *json = report_new ("environment");

  known[strlen (known) - 1] = '\0';
  g_string_append_printf (json, ", %s", known + 1);
  installed_json (ctx, json);
  add_warnings (json);
  report_end (json, out);
  if (memory != NULL)
    memory->env_dir[0] = '\0';
}

static const char *
code_of (const GError *error, int number)
{
  static const char *const codes[] = {
    [VENVB_ERROR_FAILED] = "failed", [VENVB_ERROR_USAGE] = "usage",
    [VENVB_ERROR_OPTION] = "option", [VENVB_ERROR_PLUGIN] = "plugin",
    [VENVB_ERROR_OUTPUT] = "output",
  };

  if (number != 0)
    return "interrupted";
  return error->domain == VENVB_ERROR && (guint) error->code < G_N_ELEMENTS (codes)
             ? codes[error->code]
             : codes[VENVB_ERROR_FAILED];
}

/* What begins with a text and stands in single quotes after it: free with g_free(). */
static char *
quoted_after (const char *text, const char *start, const char *stops)
{
  const char *begin = strstr (text, start);
  const char *end = begin == NULL ? NULL : begin + strlen (start);

  while (end != NULL && (end = strchr (end, '\'')) != NULL && strchr (stops, end[1]) == NULL)
    end++;
  begin = begin == NULL ? NULL : strchr (begin, '\'') + 1;
  return end == NULL ? NULL : g_strndup (begin, end - begin);
}

/* What there is to do: the last part of a message that says so. */
static const char *
hint_in (const char *message)
{
  static const char *const words[] = {
    "choose ", "did you mean ", "give ", "install ", "leave ", "make ", "name ",   "put ",
    "remove ", "see ",          "set ",  "try ",     "use ",   "type ", "with --", "activate ",
  };
  const char *at = g_strrstr (message, "; ");

  for (guint i = 0; at != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (at + 2, words[i]))
      return at + 2;
  return NULL;
}

/* The stage that an error names, or that was told to have failed; NULL for none. */
static const char *
stage_of (const char *message)
{
  const char *named = strstr (message, ", stage ");

  named = named != NULL ? named + strlen (", stage ") : message;
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    if (g_str_has_prefix (named, venvb_stage_name (i))
        && named[strlen (venvb_stage_name (i))] == ':')
      return venvb_stage_name (i);
  return memory != NULL && memory->stage[0] != '\0' ? memory->stage : NULL;
}

/* What a program has said, as lines. */
static void
add_output (GString *json, char **lines)
{
  json_open (json, "output", '[');
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    json_string (json, NULL, lines[i]);
  json_close (json, ']');
}

/* Adds an error, or null, as `error`. */
void
report_error (GString *json, const GError *error, int number)
{
  if (error == NULL)
    {
      json_value (json, "error", "null");
      return;
    }
  g_auto (GStrv) lines = g_strsplit (error->message, "\n  | ", -1);
  const char *message = lines[0] != NULL ? lines[0] : "";
  g_autofree char *path = quoted_after (message, "'/", " ,:;)?\n");
  g_autofree char *plugin =
      g_str_has_prefix (message, "plugin '") ? quoted_after (message, "plugin '", " ,:;)") : NULL;

  json_open (json, "error", '{');
  json_string (json, "code", code_of (error, number));
  json_string (json, "message", message);
  json_string (json, "stage", stage_of (message));
  json_string (json, "plugin", plugin);
  json_string (json, "path", path);
  json_string (json, "hint", hint_in (message));
  add_output (json, lines);
  json_close (json, '}');
}

/* Prints what has failed, with the exit status, or the signal that the process is about
 * to end with: the last line there is. */
void
report_failure (const GError *error, int status, int number, FILE *out)
{
  if (is_answered)
    return;
  GString *json = report_new ("error");
  gboolean is_known = memory != NULL && memory->env_dir[0] != '\0';

  g_autofree char *named = quoted_after (error->message, "'/", " ,:;)?\n");

  json_string (json, "env_dir", is_known ? memory->env_dir : number != 0 ? named : NULL);
  report_error (json, error, number);
  if (number != 0)
    json_value (json, "exit_status", "null");
  else
    json_integer (json, "exit_status", status);
  if (number != 0)
    json_integer (json, "signal", number);
  else
    json_value (json, "signal", "null");
  add_warnings (json);
  report_end (json, out);
}
