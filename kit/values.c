/* SPDX-License-Identifier: BSD-2-Clause */

/* What a plugin says to the values of its options: each that its table allows it has to
 * take, or to refuse as a value that is wrong, and what the table does not allow is wrong. */

#include "config.h"

#include "kit/room.h"

#include <string.h>
#include <unistd.h>

/* A file that there is, and what there is not. */
#define HERE "/proc/self/exe"
#define NOWHERE "/proc/self/no-such-file"

/* Values of a kind, as texts; NULL where there is none to be tried: what text may be, a
 * plugin decides itself. */
static const struct
{
  const char *right[2];
  const char *wrong;
} kinds[] = {
  [VENVB_KIND_STRING] = { { NULL }, NULL },
  [VENVB_KIND_FLAG] = { { "yes", "no" }, "perhaps" },
  [VENVB_KIND_INTEGER] = { { NULL }, "many" },
  [VENVB_KIND_FILE] = { { HERE }, NOWHERE },
  [VENVB_KIND_DIRECTORY] = { { "/" }, NOWHERE },
  [VENVB_KIND_PATH] = { { NOWHERE }, NULL },
  [VENVB_KIND_URL] = { { "https://venvb.invalid/", "file:///" }, "no URL" },
  [VENVB_KIND_PLACE] = { { "/", "https://venvb.invalid/" }, NOWHERE },
  [VENVB_KIND_CHOICE] = { { NULL }, "no such choice" },
};

/* The values of a row that its table allows: free with g_strfreev(). */
static char **
right_values (const VenvbOption *row)
{
  GPtrArray *values = g_ptr_array_new ();
  gboolean is_any = row->least == 0 && row->most == 0;

  if (row->kind == VENVB_KIND_CHOICE)
    {
      g_ptr_array_free (values, TRUE);
      return g_strsplit (row->choices, "|", -1);
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds[row->kind].right); i++)
    if (kinds[row->kind].right[i] != NULL)
      g_ptr_array_add (values, g_strdup (kinds[row->kind].right[i]));
  if (row->kind == VENVB_KIND_INTEGER)
    {
      g_ptr_array_add (values, g_strdup_printf ("%" G_GINT64_FORMAT, is_any ? -1 : row->least));
      g_ptr_array_add (values, g_strdup_printf ("%" G_GINT64_FORMAT, is_any ? 1 : row->most));
    }
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_free (values, FALSE);
}

/* Tells whether the table alone says what is right, so that the plugin may refuse
 * nothing of it: what is in a file, or at an address, it may dislike. */
static gboolean
is_closed (const VenvbOption *row)
{
  return row->kind == VENVB_KIND_FLAG || row->kind == VENVB_KIND_INTEGER
         || row->kind == VENVB_KIND_CHOICE;
}

static void
check_right (Check *check, const VenvbOption *row, const char *value)
{
  g_autoptr (GError) error = desc_try_option (check, row->key, value);

  if (error == NULL)
    return;
  if (is_closed (row))
    check_problem (check, "set_option: refuses %s=%s, which its table allows: %s", row->key, value,
                   error->message);
  else if (!g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION))
    check_problem (check, "set_option: refuses %s=%s, but not with VENVB_ERROR_OPTION: %s",
                   row->key, value, error->message);
}

static void
check_wrong (Check *check, const VenvbOption *row, const char *value)
{
  g_autoptr (GError) error = value == NULL ? NULL : desc_try_option (check, row->key, value);

  if (value == NULL)
    return;
  if (error == NULL)
    check_problem (check, "set_option: takes %s=%s, which its table does not allow", row->key,
                   value);
  else if (!g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION))
    check_problem (check, "set_option: refuses %s=%s, but not with VENVB_ERROR_OPTION: %s",
                   row->key, value, error->message);
}

/* The value that an option has when it is not given has to be one that it may have: a
 * file may be missing here and be there elsewhere. */
static void
check_initial (Check *check, const VenvbOption *row)
{
  g_autoptr (GError) error = NULL;

  if (row->initial == NULL || row->kind == VENVB_KIND_FILE || row->kind == VENVB_KIND_DIRECTORY
      || row->kind == VENVB_KIND_PLACE)
    return;
  error = desc_try_option (check, row->key, row->initial);
  if (error != NULL)
    check_problem (check, "its option '%s' has a wrong value when it is not given: %s", row->key,
                   error->message);
}

/* Offers each option of the table values, in a child process. */
void
values_check (Check *check, gpointer unused)
{
  g_autofree char *project = check_path (check, "project");
  Session *session = chdir (project) < 0 ? NULL : session_open (check, NULL);
  const VenvbPlugin *desc = session == NULL ? NULL : session->desc;

  for (gsize i = 0; desc != NULL && i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];
      g_auto (GStrv) values = right_values (row);

      if (g_str_equal (row->key, "*"))
        continue;
      for (guint j = 0; values[j] != NULL; j++)
        check_right (check, row, values[j]);
      check_wrong (check, row, kinds[row->kind].wrong);
      check_initial (check, row);
    }
  if (session != NULL)
    session_close (session);
}
