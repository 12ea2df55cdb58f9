/* SPDX-License-Identifier: BSD-2-Clause */

/* Whether environments are sound, and mending them. */

#include "base/json.h"
#include "base/secret.h"
#include "command/report.h"

/* What is mended may show what could not be seen before: of an environment without an
 * interpreter nobody knows whether its packages fit. */
#define ROUNDS 3

static void
add_problem (GString *json, const char *code, const char *what, const char *mend)
{
  json_open (json, NULL, '{');
  json_string (json, "code", code);
  json_string (json, "what", what);
  json_string (json, "mend", mend);
  json_close (json, '}');
}

static void
add_problems (GString *json, const GPtrArray *problems, gboolean are_remarks)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);

      if (venvb_problem_is_remark (problem) == are_remarks)
        add_problem (json, venvb_problem_get_code (problem), venvb_problem_get_what (problem),
                     venvb_problem_get_mend (problem));
    }
}

/* Tells whether there is nothing but remarks; NULL is for what is no environment. */
static gboolean
is_sound (const GPtrArray *problems)
{
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    if (!venvb_problem_is_remark (g_ptr_array_index (problems, i)))
      return FALSE;
  return problems != NULL;
}

/* Tells whether --repair mends it. */
static gboolean
is_mendable (const VenvbProblem *problem)
{
  const char *mend = venvb_problem_get_mend (problem);

  return mend != NULL && g_str_has_prefix (mend, "venvb --repair");
}

/* What --repair would mend, where that is only asked: as `dry_run` and `would`. */
static void
add_would (GString *json, const GPtrArray *problems)
{
  json_boolean (json, "dry_run", TRUE);
  json_open (json, "would", '[');
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);

      if (venvb_problem_is_remark (problem) || !is_mendable (problem))
        continue;
      json_open (json, NULL, '{');
      json_string (json, "action", "mend");
      json_string (json, "what", venvb_problem_get_what (problem));
      json_close (json, '}');
    }
  json_close (json, ']');
}

/* An environment and its problems as one line of JSON; problems is NULL and
 * error set for what is no environment.  What was mended, and why not more was, stands in
 * it where that was asked for. */
static void
print_problems_json (const char *env_dir, const GPtrArray *problems, const GPtrArray *mended,
                     gboolean is_dry, const GError *error, FILE *out)
{
  GString *json = report_new ("check");
  g_autofree char *full = g_canonicalize_filename (env_dir, NULL);

  json_string (json, "env_dir", full);
  json_boolean (json, "sound", is_sound (problems));
  json_open (json, "problems", '[');
  if (problems == NULL)
    add_problem (json, "none", error->message, NULL);
  else
    add_problems (json, problems, FALSE);
  json_close (json, ']');
  json_open (json, "remarks", '[');
  if (problems != NULL)
    add_problems (json, problems, TRUE);
  json_close (json, ']');
  if (is_dry)
    add_would (json, problems);
  if (mended != NULL)
    {
      json_open (json, "repaired", '[');
      add_problems (json, mended, FALSE);
      json_close (json, ']');
      report_error (json, problems == NULL ? NULL : error, 0);
    }
  report_end (json, out);
}

static void
print_problems (const char *env_dir, const GPtrArray *problems, const Options *options, FILE *out)
{
  gboolean quiet = options->quiet;

  g_autofree char *sound = g_strdup_printf ("'%s' is sound", env_dir);

  for (guint i = 0; i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);
      gboolean is_remark = venvb_problem_is_remark (problem);
      g_autofree char *line = g_strdup_printf ("'%s': %s%s", env_dir, is_remark ? "remark: " : "",
                                               venvb_problem_get_what (problem));

      if (is_remark && quiet)
        continue;
      output_line (out, "", line);
      if (!is_remark && options->dry_run && is_mendable (problem))
        output_line (out, "  ", "would be mended");
      else if (!is_remark)
        output_line (out, "  to mend it: ", venvb_problem_get_mend (problem));
    }
  if (is_sound (problems) && !quiet)
    output_line (out, "", sound);
}

/* Counts an environment that is not sound. */
static gboolean
fail (const Options *options, guint unsound, GError **error)
{
  if (unsound == 0)
    return TRUE;
  report_answered ();
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%u of %u environments %s not sound",
               unsound, g_strv_length (options->env_dirs), unsound == 1 ? "is" : "are");
  return FALSE;
}

/* Shows what is wrong with one environment; FALSE when anything is. */
static gboolean
show (VenvbBuilder *builder, const Options *options, const char *env_dir, FILE *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = venvb_builder_check (builder, env_dir, &error);

  if (options->json)
    print_problems_json (env_dir, problems, NULL, options->dry_run, error, out);
  else if (problems == NULL)
    output_line (out, "", error->message);
  else
    print_problems (env_dir, problems, options, out);
  return is_sound (problems);
}

/* --check: what is wrong with environments.  FALSE with error set when something is. */
gboolean
check_show (VenvbBuilder *builder, const Options *options, FILE *out, GError **error)
{
  guint unsound = 0;

  if (options->lock != NULL && !venvb_builder_load (builder, error))
    return FALSE;
  for (guint i = 0; options->env_dirs[i] != NULL; i++)
    unsound += !show (builder, options, options->env_dirs[i], out);
  return fail (options, unsound, error);
}

/* Tells whether the problem is one of these. */
static gboolean
is_among (const VenvbProblem *problem, const GPtrArray *problems)
{
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    if (g_str_equal (venvb_problem_get_what (g_ptr_array_index (problems, i)),
                     venvb_problem_get_what (problem)))
      return TRUE;
  return FALSE;
}

/* Takes those that are no more to the mended ones.  FALSE where all are still there. */
static gboolean
note_mended (GPtrArray *before, const GPtrArray *now, GPtrArray *mended)
{
  guint n = mended->len;

  for (guint i = before->len; i-- > 0;)
    if (!venvb_problem_is_remark (g_ptr_array_index (before, i))
        && !is_among (g_ptr_array_index (before, i), now))
      g_ptr_array_insert (mended, n, g_ptr_array_steal_index (before, i));
  return mended->len > n;
}

/* Mends an environment as far as that can be done, and returns what is left; NULL with
 * error set for what is none.  error is also set where a run has failed. */
static GPtrArray *
mend (VenvbBuilder *checker, const Options *options, CheckBuilderFunc new_builder,
      const char *env_dir, GPtrArray *mended, GError **error)
{
  g_autoptr (GPtrArray) problems = venvb_builder_check (checker, env_dir, error);

  for (guint i = 0; problems != NULL && !is_sound (problems) && i < ROUNDS; i++)
    {
      g_autoptr (VenvbBuilder) builder = new_builder (options, error);
      g_autoptr (GPtrArray) now = NULL;

      if (builder == NULL || !venvb_builder_repair (builder, env_dir, problems, error))
        break;
      now = venvb_builder_check (checker, env_dir, error);
      if (now == NULL || !note_mended (problems, now, mended))
        break;
      g_ptr_array_unref (problems);
      problems = g_steal_pointer (&now);
    }
  return g_steal_pointer (&problems);
}

static void
print_mended (const char *env_dir, const GPtrArray *mended, FILE *out)
{
  for (guint i = 0; i < mended->len; i++)
    {
      g_autofree char *line = g_strdup_printf (
          "'%s': mended: %s", env_dir, venvb_problem_get_what (g_ptr_array_index (mended, i)));

      output_line (out, "", line);
    }
}

/* Mends one, and shows what is left; FALSE when anything is. */
static gboolean
repair (VenvbBuilder *checker, const Options *options, CheckBuilderFunc new_builder,
        const char *env_dir, FILE *out)
{
  g_autoptr (GPtrArray) mended =
      g_ptr_array_new_with_free_func ((GDestroyNotify) venvb_problem_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = mend (checker, options, new_builder, env_dir, mended, &error);

  secret_mask_error (error);
  if (options->json)
    print_problems_json (env_dir, problems, mended, FALSE, error, out);
  else if (!options->quiet)
    print_mended (env_dir, mended, out);
  if (!options->json && problems != NULL)
    print_problems (env_dir, problems, options, out);
  output_flush ();
  if (error != NULL)
    output_problem (TRUE, error->message);
  return is_sound (problems);
}

/* --repair: mends environments.  FALSE with error set when one is not sound then. */
gboolean
check_repair (VenvbBuilder *checker, const Options *options, CheckBuilderFunc new_builder,
              FILE *out, GError **error)
{
  guint unsound = 0;

  if (options->lock != NULL && !venvb_builder_load (checker, error))
    return FALSE;
  for (guint i = 0; options->env_dirs[i] != NULL; i++)
    unsound += !repair (checker, options, new_builder, options->env_dirs[i], out);
  return fail (options, unsound, error);
}
