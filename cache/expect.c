/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Many wheels: where one of those that are about to be installed is not in the cache, the
 * images of all that are not there are made at once, on all processors.  What is wrong
 * with a wheel, is said when it is installed.
 */

#include "cache/cache.h"

#include "base/progress.h"

#include "base/workers.h"

#include <string.h>
#include <sys/stat.h>

/* A wheel that is about to be installed. */
typedef struct
{
  char *path;
  goffset size;
} Expected;

static void
expected_free (gpointer data)
{
  g_free (((Expected *) data)->path);
  g_free (data);
}

static gpointer
make (gpointer ctx)
{
  return g_ptr_array_new_with_free_func (expected_free);
}

static GPtrArray *
expected_of (VenvbContext *ctx)
{
  static const PartKind kind = { make, (GDestroyNotify) g_ptr_array_unref, NULL };

  return context_part (ctx, &kind);
}

void
venvb_context_expect_wheels (VenvbContext *ctx, const char *const *paths)
{
  GPtrArray *wheels = expected_of (ctx);

  g_ptr_array_set_size (wheels, 0);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      Expected *expected = g_new0 (Expected, 1);

      expected->path = g_canonicalize_filename (paths[i], NULL);
      g_ptr_array_add (wheels, expected);
    }
}

/* The largest come first: so no processor is left with one when the others have ended. */
static int
compare (gconstpointer a, gconstpointer b)
{
  const Expected *one = *(Expected *const *) a;
  const Expected *two = *(Expected *const *) b;

  return one->size != two->size ? (one->size > two->size ? -1 : 1) : strcmp (one->path, two->path);
}

static void
sort (GPtrArray *wheels)
{
  for (guint i = 0; i < wheels->len; i++)
    {
      Expected *expected = g_ptr_array_index (wheels, i);
      struct stat st;

      expected->size = stat (expected->path, &st) < 0 ? 0 : st.st_size;
    }
  g_ptr_array_sort (wheels, compare);
}

typedef struct
{
  VenvbContext *ctx;
  const GPtrArray *wheels;
  ExpectFunc func;
} Each;

/* In one of the processes. */
static void
do_one (guint job, gpointer data)
{
  const Each *each = data;
  const Expected *expected = g_ptr_array_index (each->wheels, job);
  g_autoptr (GError) error = NULL;

  wheel_begin_many ();
  if (!each->func (each->ctx, expected->path, &error))
    g_debug ("'%s' is not prepared: %s", expected->path, error->message);
}

static void
end (guint job, gpointer data)
{
  wheel_end_many ();
}

/* Has func called for each wheel that was expected, once, in several processes.  FALSE
 * when there is none. */
gboolean
expect_each (VenvbContext *ctx, ExpectFunc func)
{
  GPtrArray *wheels = expected_of (ctx);
  Each each = { ctx, wheels, func };

  if (wheels->len == 0)
    return FALSE;
  sort (wheels);
  progress_begin ("preparing wheels", wheels->len);
  workers_run (wheels->len, do_one, end, &each);
  progress_end ();
  g_ptr_array_set_size (wheels, 0);
  return TRUE;
}
