/* SPDX-License-Identifier: BSD-2-Clause */

/* Environment markers: the "dependency specifiers" specification (PEP 508), with
 * what lock files add to it (PEP 751).  A marker is read to its end even when its
 * truth is known before, so that what is wrong is always told.  What has no
 * meaning by the specification (an order of words, say) is false. */

#include "lock/room.h"

#include <string.h>

#define BLANKS " \t"
#define MOST_NESTED 200

typedef enum
{
  TYPE_STRING,
  TYPE_VERSION,
  TYPE_EITHER, /* a version where both sides are one */
  TYPE_SET,
} Type;

static const struct
{
  const char *name;
  Type type;
} variables[] = {
  [MARKER_OS_NAME] = { "os_name", TYPE_STRING },
  [MARKER_SYS_PLATFORM] = { "sys_platform", TYPE_STRING },
  [MARKER_PLATFORM_MACHINE] = { "platform_machine", TYPE_STRING },
  [MARKER_PLATFORM_PYTHON_IMPLEMENTATION] = { "platform_python_implementation", TYPE_STRING },
  [MARKER_PLATFORM_RELEASE] = { "platform_release", TYPE_EITHER },
  [MARKER_PLATFORM_SYSTEM] = { "platform_system", TYPE_STRING },
  [MARKER_PLATFORM_VERSION] = { "platform_version", TYPE_EITHER },
  [MARKER_PYTHON_VERSION] = { "python_version", TYPE_VERSION },
  [MARKER_PYTHON_FULL_VERSION] = { "python_full_version", TYPE_VERSION },
  [MARKER_IMPLEMENTATION_NAME] = { "implementation_name", TYPE_STRING },
  [MARKER_IMPLEMENTATION_VERSION] = { "implementation_version", TYPE_VERSION },
  [MARKER_EXTRAS] = { "extras", TYPE_SET },
  [MARKER_DEPENDENCY_GROUPS] = { "dependency_groups", TYPE_SET },
};

/* Names that were in use before these. */
static const struct
{
  const char *name;
  MarkerVariable variable;
} aliases[] = {
  { "os.name", MARKER_OS_NAME },
  { "sys.platform", MARKER_SYS_PLATFORM },
  { "platform.version", MARKER_PLATFORM_VERSION },
  { "platform.machine", MARKER_PLATFORM_MACHINE },
  { "platform.python_implementation", MARKER_PLATFORM_PYTHON_IMPLEMENTATION },
  { "python_implementation", MARKER_PLATFORM_PYTHON_IMPLEMENTATION },
};

static const struct
{
  const char *text;
  MarkerOperator op;
} operators[] = {
  { "===", MARKER_IDENTICAL }, { "==", MARKER_EQUAL },   { "~=", MARKER_COMPATIBLE },
  { "!=", MARKER_UNEQUAL },    { "<=", MARKER_AT_MOST }, { ">=", MARKER_AT_LEAST },
  { "<", MARKER_LESS },        { ">", MARKER_GREATER },  { "in", MARKER_IN },
  { "not in", MARKER_NOT_IN },
};

/* One side of a comparison. */
typedef struct
{
  gboolean is_variable;
  MarkerVariable variable;
  char *text; /* of what is none */
} Side;

typedef struct
{
  const char *text, *at;
  const MarkerEnv *env; /* NULL: it is only read */
  gboolean of_lock;
  guint depth;
} Scanner;

static void
side_clear (Side *side)
{
  g_free (side->text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Side, side_clear)

static gboolean
fail (const Scanner *reader, GError **error, const char *expected)
{
  if (*reader->at == '\0')
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' ends where %s is expected",
                 reader->text, expected);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' has no %s at character %d",
                 reader->text, expected,
                 (int) g_utf8_strlen (reader->text, reader->at - reader->text) + 1);
  return FALSE;
}

static void
skip_blanks (Scanner *reader)
{
  reader->at += strspn (reader->at, BLANKS);
}

static gboolean
is_of_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || (guchar) c >= 0x80;
}

/* Reads a word, which ends where it does and did not begin before. */
static gboolean
read_word (Scanner *reader, const char *word)
{
  const char *end = reader->at + strlen (word);

  if (!g_str_has_prefix (reader->at, word) || is_of_word (*end)
      || (reader->at > reader->text && is_of_word (reader->at[-1])))
    return FALSE;
  reader->at = end;
  return TRUE;
}

/* --- The sides of a comparison ------------------------------------------ */

/* A quoted text has no escapes, and what could be meant as one is refused. */
static gboolean
read_constant (Scanner *reader, Side *side, GError **error)
{
  const char quote[] = { *reader->at, '\0' };
  gsize length = strcspn (reader->at + 1, quote);

  if (reader->at[1 + length] == '\0')
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' has a quote that is not closed",
                   reader->text);
      return FALSE;
    }
  side->text = g_strndup (reader->at + 1, length);
  for (const char *c = side->text; *c != '\0'; c++)
    if (*c == '\\' || (g_ascii_iscntrl (*c) && *c != '\t'))
      {
        g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                     "'%s' has a backslash or a control character in quotes", reader->text);
        return FALSE;
      }
  reader->at += length + 2;
  return TRUE;
}

/* Refuses what is a variable elsewhere, or nowhere. */
static gboolean
fail_variable (const Scanner *reader, const char *name, GError **error)
{
  if (g_str_equal (name, "extra"))
    g_set_error (
        error, VENVB_ERROR, VENVB_ERROR_FAILED,
        "'%s' has the variable extra, which only the metadata of a distribution may have%s",
        reader->text, reader->of_lock ? " (in a lock it is extras)" : "");
  else if (name[0] == '\0')
    return fail (reader, error, "variable or quoted text");
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' has the variable %s, which is not known%s", reader->text, name,
                 g_str_equal (name, "extras") || g_str_equal (name, "dependency_groups")
                     ? " outside of a lock's packages"
                     : "");
  return FALSE;
}

static gboolean
read_variable (Scanner *reader, Side *side, GError **error)
{
  gsize length = 0;

  while (is_of_word (reader->at[length])
         || (reader->at[length] == '.' && is_of_word (reader->at[length + 1])))
    length++;
  g_autofree char *name = g_strndup (reader->at, length);
  side->is_variable = TRUE;
  side->variable = MARKER_N_VARIABLES;
  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (g_str_equal (name, aliases[i].name))
      side->variable = aliases[i].variable;
  for (guint i = 0; i < MARKER_N_VARIABLES; i++)
    if (g_str_equal (name, variables[i].name))
      side->variable = i;
  if (side->variable == MARKER_N_VARIABLES
      || (variables[side->variable].type == TYPE_SET && !reader->of_lock))
    return fail_variable (reader, name, error);
  reader->at += length;
  return TRUE;
}

static gboolean
read_side (Scanner *reader, Side *side, GError **error)
{
  skip_blanks (reader);
  if (*reader->at == '\'' || *reader->at == '"')
    return read_constant (reader, side, error);
  return read_variable (reader, side, error);
}

static gboolean
read_operator (Scanner *reader, MarkerOperator *op, GError **error)
{
  Scanner ahead;

  skip_blanks (reader);
  if (read_word (reader, "in"))
    return (*op = MARKER_IN, TRUE);
  ahead = *reader;
  if (read_word (&ahead, "not") && strchr (BLANKS, *ahead.at) != NULL && *ahead.at != '\0')
    {
      skip_blanks (&ahead);
      reader->at = ahead.at;
      *op = MARKER_NOT_IN;
      return read_word (reader, "in") || fail (reader, error, "'in' after 'not'");
    }
  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (operators[i].op < MARKER_IN && g_str_has_prefix (reader->at, operators[i].text))
      {
        reader->at += strlen (operators[i].text);
        *op = operators[i].op;
        return TRUE;
      }
  return fail (reader, error, "operator (<=, <, !=, ===, ==, >=, >, ~=, in, not in)");
}

/* --- Comparing ---------------------------------------------------------- */

/* The value of a variable: free with g_free().  What the interpreter does not tell
 * is 0 for a version, and one that was built of no release ("3.13.0+") is local. */
char *
marker_value (const MarkerEnv *env, MarkerVariable variable)
{
  const char *value = env->values[variable];
  gboolean is_version = variables[variable].type == TYPE_VERSION;

  if (value == NULL || (value[0] == '\0' && is_version))
    return g_strdup (is_version ? "0" : "");
  return g_strconcat (value, is_version && g_str_has_suffix (value, "+") ? "local" : NULL, NULL);
}

static char *
value_of (const Scanner *reader, const Side *side)
{
  return side->is_variable ? marker_value (reader->env, side->variable) : g_strdup (side->text);
}

static gboolean
compare_texts (MarkerOperator op, const char *left, const char *right)
{
  switch (op)
    {
    case MARKER_IN:
      return strstr (right, left) != NULL;
    case MARKER_NOT_IN:
      return strstr (right, left) == NULL;
    case MARKER_UNEQUAL:
      return !g_str_equal (left, right);
    case MARKER_LESS:
    case MARKER_GREATER:
      return FALSE;
    default:
      return g_str_equal (left, right);
    }
}

/* Compares by the rules of versions, where both sides are fit for it. */
static gboolean
compare_versions (MarkerOperator op, const char *left, const char *right, gboolean *holds)
{
  g_autofree char *text = g_strconcat (operators[op].text, right, NULL);
  g_autoptr (ReleaseSpec) spec = op < MARKER_IN ? release_spec_parse (text) : NULL;
  g_autoptr (Release) version = release_parse (left);

  if (spec == NULL || (version == NULL && op != MARKER_IDENTICAL))
    return FALSE;
  *holds = release_spec_has (spec, left);
  return TRUE;
}

static Type
type_of (const Side *left, const Side *right)
{
  return variables[left->is_variable ? left->variable : right->variable].type;
}

static gboolean
holds_in_set (const Scanner *reader, const Side *left, MarkerOperator op, const Side *right)
{
  const char *const *set = right->is_variable && right->variable == MARKER_EXTRAS
                               ? reader->env->extras
                               : reader->env->groups;

  if (left->is_variable || (op != MARKER_IN && op != MARKER_NOT_IN))
    return FALSE;
  return name_is_among (left->text, set) == (op == MARKER_IN);
}

static gboolean
is_set (const Side *side)
{
  return side->is_variable && variables[side->variable].type == TYPE_SET;
}

static gboolean
compare (const Scanner *reader, const Side *left, MarkerOperator op, const Side *right)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  gboolean holds = FALSE;

  if (is_set (left) || is_set (right))
    return holds_in_set (reader, left, op, right);
  a = value_of (reader, left);
  b = value_of (reader, right);
  if (type_of (left, right) != TYPE_STRING && compare_versions (op, a, b, &holds))
    return holds;
  return compare_texts (op, a, b);
}

/* --- The grammar -------------------------------------------------------- */

static gboolean read_or (Scanner *reader, gboolean *holds, GError **error);

static gboolean
read_comparison (Scanner *reader, gboolean *holds, GError **error)
{
  g_auto (Side) left = { 0 }, right = { 0 };
  MarkerOperator op = MARKER_EQUAL;

  if (!read_side (reader, &left, error) || !read_operator (reader, &op, error)
      || !read_side (reader, &right, error))
    return FALSE;
  if (!left.is_variable && !right.is_variable)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' compares a text with a text",
                   reader->text);
      return FALSE;
    }
  *holds = reader->env != NULL && compare (reader, &left, op, &right);
  return TRUE;
}

static gboolean
read_expression (Scanner *reader, gboolean *holds, GError **error)
{
  skip_blanks (reader);
  if (*reader->at != '(')
    return read_comparison (reader, holds, error);
  if (++reader->depth > MOST_NESTED)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "a marker has more than %d parentheses within each other", MOST_NESTED);
      return FALSE;
    }
  reader->at++;
  if (!read_or (reader, holds, error))
    return FALSE;
  if (*reader->at != ')')
    return fail (reader, error, "')'");
  reader->at++;
  reader->depth--;
  return TRUE;
}

static gboolean
read_and (Scanner *reader, gboolean *holds, GError **error)
{
  gboolean next;

  if (!read_expression (reader, holds, error))
    return FALSE;
  for (skip_blanks (reader); read_word (reader, "and"); skip_blanks (reader))
    {
      if (!read_expression (reader, &next, error))
        return FALSE;
      *holds = *holds && next;
    }
  return TRUE;
}

static gboolean
read_or (Scanner *reader, gboolean *holds, GError **error)
{
  gboolean next;

  if (!read_and (reader, holds, error))
    return FALSE;
  while (read_word (reader, "or"))
    {
      if (!read_and (reader, &next, error))
        return FALSE;
      *holds = *holds || next;
    }
  return TRUE;
}

/* Tells whether a marker holds where env says, and with env NULL nothing but
 * whether it is one.  Extras and groups are known in the markers of a lock's
 * packages only.  FALSE with error set, to the reason alone, when it is none. */
gboolean
marker_holds (const char *text, const MarkerEnv *env, gboolean of_lock, gboolean *holds,
              GError **error)
{
  Scanner reader = { text, text, env, of_lock, 0 };

  if (!read_or (&reader, holds, error))
    return FALSE;
  return *reader.at == '\0' || fail (&reader, error, "'and', 'or' or end");
}

gboolean
marker_check (const char *text, gboolean of_lock, GError **error)
{
  gboolean holds;

  return marker_holds (text, NULL, of_lock, &holds, error);
}
