/* SPDX-License-Identifier: BSD-2-Clause */

/* What is wrong with the configuration: all of it is gathered, so that it can be told
 * at once, and so that who only asks something gets an answer. */

#include "command/command.h"
#include "base/json.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

void
problems_free (Problem *problem)
{
  g_free (problem->source);
  g_clear_error (&problem->error);
  g_free (problem);
}

/* Notes an error, which is taken over, of a file or a variable; or a remark.  What is
 * noted already is not noted again. */
void
problems_add (Options *options, const char *source, gboolean is_remark, GError *error)
{
  Problem *problem = g_new0 (Problem, 1);

  /* What a plugin says of its options was masked before its help was added. */
  if (!g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION))
    secret_mask_error (error);
  *problem = (Problem){ g_strdup (source), error, is_remark };
  for (guint i = 0; i < options->problems->len; i++)
    {
      const Problem *other = g_ptr_array_index (options->problems, i);

      if (g_str_equal (other->error->message, error->message))
        {
          problems_free (problem);
          return;
        }
    }
  g_ptr_array_add (options->problems, problem);
}

/* How many there are, not counting remarks. */
guint
problems_count (const Options *options)
{
  guint n = 0;

  for (guint i = 0; i < options->problems->len; i++)
    n += !((const Problem *) g_ptr_array_index (options->problems, i))->is_remark;
  return n;
}

/* Fails with the first, and says where the others are listed. */
gboolean
problems_fail (const Options *options, GError **error)
{
  guint n = problems_count (options);

  for (guint i = 0; i < options->problems->len; i++)
    {
      const Problem *problem = g_ptr_array_index (options->problems, i);

      if (problem->is_remark)
        continue;
      g_propagate_error (error, g_error_copy (problem->error));
      if (n > 1)
        {
          g_autofree char *first = g_steal_pointer (&(*error)->message);
          (*error)->message = g_strdup_printf (
              "%s (the first of %u problems: venvb --check-config lists them)", first, n);
        }
      return FALSE;
    }
  return TRUE;
}

/* The line in "SOURCE:LINE: WHAT" or "SOURCE:FIRST-LAST: WHAT", 0 for none; and what is
 * said behind it. */
static guint
split (const Problem *problem, const char **what)
{
  const char *text = problem->error->message;
  gsize length = strlen (problem->source);
  guint line = 0;

  *what = text;
  if (strncmp (text, problem->source, length) != 0 || text[length] != ':')
    return 0;
  text += length + 1;
  line = strtoul (text, NULL, 10);
  text += strspn (text, "0123456789-");
  *what = text + strspn (text, ": ");
  return line;
}

static void
add_json (GString *json, const Problem *problem)
{
  gboolean is_file = problem->source[0] == '/';
  const char *what;
  guint line = split (problem, &what);

  json_open (json, NULL, '{');
  json_string (json, "file", is_file ? problem->source : NULL);
  if (line > 0)
    json_integer (json, "line", line);
  else
    json_value (json, "line", "null");
  json_string (json, "variable", is_file ? NULL : problem->source);
  json_string (json, "what", what);
  json_close (json, '}');
}

/* Adds the problems, or the remarks, as an array of this name. */
void
problems_json (const Options *options, const char *name, gboolean are_remarks, GString *json)
{
  json_open (json, name, '[');
  for (guint i = 0; i < options->problems->len; i++)
    {
      const Problem *problem = g_ptr_array_index (options->problems, i);

      if (problem->is_remark == are_remarks)
        add_json (json, problem);
    }
  json_close (json, ']');
}
