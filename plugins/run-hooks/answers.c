/* SPDX-License-Identifier: BSD-2-Clause */

/* What hooks answer: one row for each thing that they can set. */

#include "config.h"

#include "answers.h"

#include "base/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More is no answer: a hook has written something else there. */
#define MOST (64 * 1024)

/* What the variables of a hook that venvb itself sets begin with. */
#define OWN_VARIABLES "VENVB_HOOK_"

struct _Answers
{
  GPtrArray *variables; /* char * */
  char *python_from;    /* or NULL */
};

Answers *
answers_new (void)
{
  Answers *answers = g_new0 (Answers, 1);

  answers->variables = g_ptr_array_new_with_free_func (g_free);
  return answers;
}

void
answers_free (Answers *answers)
{
  if (answers == NULL)
    return;
  g_ptr_array_unref (answers->variables);
  g_free (answers->python_from);
  g_free (answers);
}

const GPtrArray *
answers_variables (const Answers *answers)
{
  return answers->variables;
}

const char *
answers_python_from (const Answers *answers)
{
  return answers->python_from;
}

guint
answers_moment (VenvbStage stage, gboolean is_done)
{
  return 2 * stage + (is_done ? 1 : 0);
}

#define BEFORE(stage) (2 * VENVB_STAGE_##stage)
#define AFTER(stage) (2 * VENVB_STAGE_##stage + 1)

/* A line of an answer. */
typedef struct
{
  Answers *answers;
  VenvbContext *ctx;
  const char *hook;
  VenvbAttr attr;
  const char *name; /* PROMPT */
} Line;

/* A text of a hook's as an error may have it: what would steer a terminal, or is no UTF-8,
 * is written as an escape.  Free with g_free(). */
char *
answers_plain (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (g_unichar_isprint (c))
        g_string_append_unichar (out, c);
      else
        g_string_append_printf (out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
    }
  return g_string_free (out, FALSE);
}

/* Sets an error; whatever has got into it from a hook is plain text. */
G_GNUC_PRINTF (2, 3)
static gboolean
fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *shown = answers_plain (message);
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, shown);
  return FALSE;
}

/* What root has made mandatory is not a hook's to change, whoever has put it there. */
static gboolean
set_text (const Line *line, const char *value, GError **error)
{
  const char *lock = venvb_context_get_lock (line->ctx, line->attr);

  if (lock != NULL && g_strcmp0 (venvb_context_get (line->ctx, line->attr), value) != 0)
    return fail (error, "that is decided by %s, which is mandatory", lock);
  venvb_context_set (line->ctx, line->attr, value);
  return TRUE;
}

/* A relative path would be one in the directory that venvb was started in, which a hook
 * does not see. */
static gboolean
set_python (const Line *line, const char *value, GError **error)
{
  if (strchr (value, '/') != NULL && !g_path_is_absolute (value))
    return fail (error, "'%s' is not an absolute path", value);
  if (!set_text (line, value, error))
    return FALSE;
  g_free (line->answers->python_from);
  line->answers->python_from = g_strdup (line->hook);
  return TRUE;
}

static gboolean
set_program (const Line *line, const char *value, GError **error)
{
  return g_path_is_absolute (value) ? set_text (line, value, error)
                                    : fail (error, "'%s' is not an absolute path", value);
}

/* Tells whether path begins with dir. */
static gboolean
lies_below (const char *path, const char *dir)
{
  return g_str_has_prefix (path, dir) && path[strlen (dir)] == '/';
}

/* A directory that is there, in the environment, whatever links are on the way: what
 * venvb puts into it can't be undone elsewhere. */
static gboolean
set_dir (const Line *line, const char *value, GError **error)
{
  const char *env_dir = venvb_context_get (line->ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *plain = g_canonicalize_filename (value, "/");
  char *real = realpath (plain, NULL), *top = realpath (env_dir, NULL);
  gboolean is_dir = real != NULL && g_file_test (real, G_FILE_TEST_IS_DIR);
  gboolean is_inside =
      is_dir && top != NULL && lies_below (real, top) && lies_below (plain, env_dir);

  free (real);
  free (top);
  if (!g_path_is_absolute (value))
    return fail (error, "'%s' is not an absolute path", value);
  if (!is_dir)
    return fail (error, "'%s' is not a directory that is there: the hook has to make it", value);
  return is_inside ? set_text (line, plain, error)
                   : fail (error, "'%s' is not in the environment '%s'", value, env_dir);
}

/* Tells whether headers or packages are below a directory. */
static gboolean
holds_others (const Line *line, const char *path)
{
  static const VenvbAttr attrs[] = { VENVB_ATTR_INC_PATH, VENVB_ATTR_LIB_PATH,
                                     VENVB_ATTR_PLATLIB_PATH };

  for (guint i = 0; i < G_N_ELEMENTS (attrs); i++)
    {
      const char *other = venvb_context_get (line->ctx, attrs[i]);

      if (other != NULL && (g_str_equal (other, path) || lies_below (other, path)))
        return TRUE;
    }
  return FALSE;
}

/* What is in bin follows it.  A Python that starts in it looks for pyvenv.cfg one directory
 * above. */
static gboolean
set_bin (const Line *line, const char *value, GError **error)
{
  const char *env_dir = venvb_context_get (line->ctx, VENVB_ATTR_ENV_DIR);
  const char *exe = venvb_context_get (line->ctx, VENVB_ATTR_PYTHON_EXE);
  g_autofree char *plain = g_canonicalize_filename (value, "/");

  if (lies_below (plain, env_dir) && strchr (plain + strlen (env_dir) + 1, '/') != NULL)
    return fail (error, "'%s' is not on top of the environment: Python would not find pyvenv.cfg",
                 value);
  if (lies_below (plain, env_dir) && holds_others (line, plain))
    return fail (error, "'%s' holds headers or packages", value);
  if (!set_dir (line, value, error))
    return FALSE;
  const char *bin = venvb_context_get (line->ctx, VENVB_ATTR_BIN_PATH);
  g_autofree char *env_exe = g_build_filename (bin, exe, NULL);
  venvb_context_set (line->ctx, VENVB_ATTR_BIN_NAME, bin + strlen (env_dir) + 1);
  venvb_context_set (line->ctx, VENVB_ATTR_ENV_EXE, env_exe);
  venvb_context_set (line->ctx, VENVB_ATTR_ENV_EXEC_CMD, env_exe);
  return TRUE;
}

/* Parts NAME=VALUE; without '=', value is NULL. */
static char *
variable_name (const char *assignment, const char **value)
{
  const char *equals = strchr (assignment, '=');

  *value = equals == NULL ? NULL : equals + 1;
  return equals == NULL ? g_strdup (assignment) : g_strndup (assignment, equals - assignment);
}

/* For those who activate the environment. */
static gboolean
set_variable (const Line *line, const char *assignment, GError **error)
{
  const char *value;
  g_autofree char *name = variable_name (assignment, &value);

  return venvb_context_set_variable (line->ctx, name, value, error);
}

/* For later hooks.  What says of the environment what it is, is not theirs to say. */
static gboolean
set_hook_variable (const Line *line, const char *assignment, GError **error)
{
  const char *value;
  g_autofree char *name = variable_name (assignment, &value);

  if (g_str_has_prefix (name, OWN_VARIABLES))
    return fail (error, "the variable '%s' is set by venvb itself", name);
  if (!venvb_check_variable (name, value, error))
    return FALSE;
  g_ptr_array_add (line->answers->variables, g_strdup (assignment));
  return TRUE;
}

/* What can be set, when that has an effect, and what sets it. */
/* clang-format off */
static const struct
{
  const char *name;
  VenvbAttr attr;
  gboolean is_variable;
  guint first, last; /* moments */
  gboolean (*set) (const Line *line, const char *value, GError **error);
} rows[] = {
  { "PROMPT", VENVB_ATTR_PROMPT, FALSE, BEFORE (FIND_PYTHON), BEFORE (CREATE_CONFIGURATION), set_text },
  { "PYTHON", VENVB_ATTR_PYTHON, FALSE, BEFORE (FIND_PYTHON), BEFORE (FIND_PYTHON), set_python },
  { "VARIABLE", 0, TRUE, BEFORE (FIND_PYTHON), BEFORE (SETUP_SCRIPTS), set_variable },
  { "HOOK_VARIABLE", 0, TRUE, BEFORE (FIND_PYTHON), AFTER (FINISH), set_hook_variable },
  { "ENV_NAME", VENVB_ATTR_ENV_NAME, FALSE, BEFORE (FIND_PYTHON), BEFORE (SETUP_SCRIPTS), set_text },
  { "BIN_PATH", VENVB_ATTR_BIN_PATH, FALSE, AFTER (ENSURE_DIRECTORIES), BEFORE (SETUP_PYTHON), set_bin },
  { "INC_PATH", VENVB_ATTR_INC_PATH, FALSE, AFTER (ENSURE_DIRECTORIES), BEFORE (SETUP_PYTHON), set_dir },
  { "LIB_PATH", VENVB_ATTR_LIB_PATH, FALSE, AFTER (ENSURE_DIRECTORIES), BEFORE (SETUP_PYTHON), set_dir },
  { "PLATLIB_PATH", VENVB_ATTR_PLATLIB_PATH, FALSE, AFTER (ENSURE_DIRECTORIES), BEFORE (SETUP_PYTHON), set_dir },
  { "ENV_EXEC_CMD", VENVB_ATTR_ENV_EXEC_CMD, FALSE, AFTER (ENSURE_DIRECTORIES), BEFORE (FINISH), set_program },
};
/* clang-format on */

/* The folder of a moment: before-STAGE.d or STAGE.d. */
static char *
folder (guint moment)
{
  return g_strconcat (moment % 2 == 0 ? "before-" : "", venvb_stage_name (moment / 2), ".d", NULL);
}

/* Says that nothing of this name can be set, and what can. */
static gboolean
fail_unknown (const char *text, gsize length, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_string_append_printf (known, "%s%s", i == 0 ? "" : ", ", rows[i].name);
  return fail (error, "there is no " ANSWERS_BEGIN "%.*s (but for %s: see venvb-run-hooks(1))",
               (int) length, text, known->str);
}

/* Says where a hook has to be for what it wants to have an effect. */
static gboolean
fail_moment (guint row, guint moment, GError **error)
{
  g_autofree char *first = folder (rows[row].first);
  g_autofree char *last = folder (rows[row].last);
  g_autofree char *rest =
      rows[row].first == rows[row].last ? g_strdup ("") : g_strdup_printf (" to '%s'", last);

  return fail (error, ANSWERS_BEGIN "%s comes too %s here: it belongs in '%s'%s", rows[row].name,
               moment < rows[row].first ? "early" : "late", first, rest);
}

/* Tells with --verbose what is done; of variables no values, which may be secret
 * whatever their names. */
static void
tell (const Line *line, gboolean is_variable, const char *value)
{
  g_autofree char *shown = is_variable ? g_strndup (value, strcspn (value, "=")) : g_strdup (value);

  venvb_context_message (line->ctx, VENVB_SOURCE_MAIN, "run-hooks: '%s' sets %s%s%s", line->hook,
                         line->name, is_variable ? " " : "=", shown);
}

/* Tells whether a value may be set: nothing that would steer a terminal, but for
 * variables, which are whatever their readers want; and no line end of another system,
 * which hardly anybody sees that it is there. */
static gboolean
check_value (const char *value, gboolean is_variable, GError **error)
{
  const char *at = value;

  if (g_str_has_suffix (value, "\r"))
    return fail (error, "there is a carriage return at its end: a line ends in a line feed alone");
  while (*at != '\0' && (is_variable || !g_ascii_iscntrl (*at)))
    at++;
  return *at == '\0' || fail (error, "there is a control character in it");
}

/* Obeys one line. */
static gboolean
take_line (Line *line, guint moment, const char *text, GError **error)
{
  gsize length = strcspn (text, "=");
  gsize begin = strlen (ANSWERS_BEGIN);
  guint i = 0;

  if (!g_str_has_prefix (text, ANSWERS_BEGIN) || text[length] == '\0')
    return fail (error, "it has not the form " ANSWERS_BEGIN "NAME=VALUE");
  while (i < G_N_ELEMENTS (rows)
         && (strlen (rows[i].name) != length - begin
             || strncmp (rows[i].name, text + begin, length - begin) != 0))
    i++;
  if (i == G_N_ELEMENTS (rows))
    return fail_unknown (text + begin, length - begin, error);
  if (moment < rows[i].first || moment > rows[i].last)
    return fail_moment (i, moment, error);
  if (text[length + 1] == '\0')
    return fail (error, ANSWERS_BEGIN "%s has no value", rows[i].name);
  line->attr = rows[i].attr;
  line->name = rows[i].name;
  if (!check_value (text + length + 1, rows[i].is_variable, error))
    return FALSE;
  tell (line, rows[i].is_variable, text + length + 1);
  if (rows[i].set (line, text + length + 1, error))
    return TRUE;
  g_prefix_error (error, ANSWERS_BEGIN "%s: ", rows[i].name);
  return FALSE;
}

/* The end of a pipe, which Linux has a hook open once more to write to it. */
static int
open_pipe (void)
{
  int ends[2];

  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return -1;
  fcntl (ends[0], F_SETPIPE_SZ, MOST + 1);
  close (ends[1]);
  return ends[0];
}

int
answers_open (char **name, GError **error)
{
  int fd = unnamed_open ();

  if (fd < 0)
    fd = open_pipe ();
  if (fd < 0)
    fail (error, "cannot make a file for what a hook answers: %s", g_strerror (errno));
  *name = fd < 0 ? NULL : g_strdup_printf ("/proc/%d/fd/%d", (int) getpid (), fd);
  return fd;
}

/* Reads the whole answer: free with g_free(). */
static char *
read_all (int fd, GError **error)
{
  g_autofree char *text = g_malloc (MOST + 2);
  gsize length = 0;
  ssize_t n;

  while (length <= MOST && (n = read (fd, text + length, MOST + 1 - length)) != 0)
    if (n > 0)
      length += n;
    else if (errno == EAGAIN)
      break; /* the end of what is in a pipe */
    else if (errno != EINTR)
      {
        fail (error, "it can't be read: %s", g_strerror (errno));
        return NULL;
      }
  text[length] = '\0';
  if (length <= MOST && strlen (text) == length)
    return g_steal_pointer (&text);
  fail (error, length > MOST ? "it has more than %d bytes" : "there is a NUL in it", MOST);
  return NULL;
}

gboolean
answers_take (Answers *answers, VenvbContext *ctx, guint moment, const char *hook, int fd,
              GError **error)
{
  Line line = { .answers = answers, .ctx = ctx, .hook = hook };
  g_autofree char *text = read_all (fd, error);
  g_auto (GStrv) lines = text == NULL ? NULL : g_strsplit (text, "\n", -1);

  if (text == NULL)
    g_prefix_error (error, "the answer of '%s': ", hook);
  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      g_autoptr (GError) cause = NULL;

      /* Whatever is wrong with it, the user's options are not. */
      if (lines[i][0] != '\0' && !take_line (&line, moment, lines[i], &cause))
        return fail (error, "the answer of '%s', line %u: %s", hook, i + 1, cause->message);
    }
  return text != NULL;
}
