/* SPDX-License-Identifier: BSD-2-Clause */

#include "native.h"

#include "lock/lock.h"

/* What is left on a context. */
#define PREPARED "requirements.native"

typedef struct
{
  FetchOptions fetch;
  LockJob *jobs;   /* one for each file */
  GPtrArray *runs; /* likewise */
  char *why;       /* or NULL */
} Prepared;

static void
prepared_free (gpointer data)
{
  Prepared *prepared = data;

  g_ptr_array_unref (prepared->runs);
  g_free (prepared->jobs);
  g_free (prepared->why);
  g_free (prepared);
}

static Prepared *
prepared_new (VenvbContext *ctx, guint n)
{
  Prepared *prepared = g_new0 (Prepared, 1);

  prepared->runs = g_ptr_array_new ();
  prepared->jobs = g_new0 (LockJob, n + 1);
  venvb_context_set_data (ctx, PREPARED, prepared, prepared_free);
  return prepared;
}

const char *
native_refuse (VenvbContext *ctx, const char *why)
{
  Prepared *prepared = prepared_new (ctx, 0);

  return prepared->why = g_strdup (why);
}

const char *
native_why (VenvbContext *ctx)
{
  const Prepared *prepared = venvb_context_get_data (ctx, PREPARED);

  return prepared == NULL ? "nothing was prepared" : prepared->why;
}

const char *
native_prepare (VenvbContext *ctx, const Native *native)
{
  g_autoptr (GError) error = NULL;
  const LockModule *module = load_lock (&error);
  Prepared *prepared = prepared_new (ctx, g_strv_length ((char **) native->files));

  prepared->fetch.index_url = native->index_url;
  if (module != NULL)
    g_ptr_array_set_free_func (prepared->runs, (GDestroyNotify) module->forget);
  for (guint i = 0; error == NULL && native->files[i] != NULL; i++)
    {
      prepared->jobs[i] = (LockJob){ .file = native->files[i],
                                     .wheel_dirs = (const char *const *) native->find_links,
                                     .offline = native->offline,
                                     .fetch = &prepared->fetch,
                                     .keep_extras = TRUE };
      g_ptr_array_add (prepared->runs, module->prepare (ctx, &prepared->jobs[i], NULL, &error));
    }
  prepared->why = error == NULL ? NULL : g_strdup (error->message);
  return prepared->why;
}

gboolean
native_install (VenvbContext *ctx, const Native *native, GError **error)
{
  Prepared *prepared = venvb_context_get_data (ctx, PREPARED);

  for (guint i = 0; native->files[i] != NULL; i++)
    if (!load_lock (NULL)->sync (ctx, &prepared->jobs[i], prepared->runs->pdata[i], NULL, error))
      return FALSE;
  return TRUE;
}
