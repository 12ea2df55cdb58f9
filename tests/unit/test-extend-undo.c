/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins do to one name, whatever it is before and in whatever order: when the run
 * fails, all is as it was. */

#include "tests/unit/extend.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LONGEST 3

static gboolean
make_dir (VenvbContext *ctx, const char *name, GError **error)
{
  return venvb_context_mkdir (ctx, name, error);
}

static gboolean
make_below (VenvbContext *ctx, const char *name, GError **error)
{
  g_autofree char *below = g_build_filename (name, "below", "file", NULL);
  g_autofree char *dir = g_path_get_dirname (below);

  return venvb_context_mkdir (ctx, dir, error)
         && venvb_context_write_file (ctx, below, "below", -1, 0666, error);
}

static gboolean
write_text (VenvbContext *ctx, const char *name, GError **error)
{
  return venvb_context_write_file (ctx, name, "text", -1, 0666, error);
}

static gboolean
make_link (VenvbContext *ctx, const char *name, GError **error)
{
  return venvb_context_symlink (ctx, "pyvenv.cfg", name, error);
}

static gboolean
take_away (VenvbContext *ctx, const char *name, GError **error)
{
  return venvb_context_remove (ctx, name, error);
}

static gboolean (*const deeds[]) (VenvbContext *ctx, const char *name,
                                  GError **error) = { make_dir, make_below, write_text, make_link,
                                                      take_away };
static const char *const before[] = { "absent", "file", "dir", "empty", "link" };

/* Each order has a name of its own, such as "dir-024": what fails there is no matter. */
static void
do_all (VenvbContext *ctx, GString *name, guint rest)
{
  for (gsize at = strcspn (name->str, "-") + 1; at < name->len; at++)
    {
      g_autoptr (GError) error = NULL;

      if (!deeds[name->str[at] - '0'](ctx, name->str, &error))
        g_assert_nonnull (error);
    }
  for (guint i = 0; rest > 0 && i < G_N_ELEMENTS (deeds); i++)
    {
      g_string_append_c (name, (char) ('0' + i));
      do_all (ctx, name, rest - 1);
      g_string_truncate (name, name->len - 1);
    }
}

static gboolean
do_everything (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    {
      g_autoptr (GString) name = g_string_new (before[i]);

      do_all (ctx, g_string_append_c (name, '-'), LONGEST);
    }
  return venvb_next (next, ctx, error);
}

/* Makes what is to be there before under one name. */
static void
make_one (Fixture *fixture, const char *what, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  g_autofree char *within = g_build_filename (name, "within", NULL);
  g_autofree char *gone = g_build_filename (path, "within", NULL);

  if (g_str_equal (what, "file"))
    put (fixture, name, "before");
  else if (g_str_equal (what, "dir") || g_str_equal (what, "empty"))
    put (fixture, within, "before");
  else if (g_str_equal (what, "link"))
    g_assert_cmpint (symlink ("nowhere", path), ==, 0);
  if (g_str_equal (what, "empty"))
    g_assert_cmpint (unlink (gone), ==, 0);
}

static void
make_all (Fixture *fixture, const char *what, GString *name, guint rest)
{
  make_one (fixture, what, name->str);
  for (guint i = 0; rest > 0 && i < G_N_ELEMENTS (deeds); i++)
    {
      g_string_append_c (name, (char) ('0' + i));
      make_all (fixture, what, name, rest - 1);
      g_string_truncate (name, name->len - 1);
    }
}

static gboolean
be_killed (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  raise (SIGKILL);
  return FALSE;
}

static void
test_orders (Fixture *fixture, gconstpointer ends)
{
  must_create (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (before); i++)
    {
      g_autoptr (GString) name = g_string_new (before[i]);

      make_all (fixture, before[i], g_string_append_c (name, '-'), LONGEST);
    }
  hook (fixture, VENVB_STAGE_POST_SETUP, do_everything);
  hook (fixture, VENVB_STAGE_FINISH, ends == NULL ? fail : be_killed);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_ISOLATE, ends != NULL);
  remember (fixture);
  must_fail (fixture, ends == NULL ? "no luck" : "crashed with signal 9");
  assert_as_before (fixture);
}

int
main (int argc, char **argv)
{
  static const Test tests[] = {
    { "/extend/undo/fails", test_orders, NULL },
    { "/extend/undo/killed", test_orders, "" },
  };

  return run_tests (argc, argv, tests, G_N_ELEMENTS (tests));
}
