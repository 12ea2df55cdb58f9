/* SPDX-License-Identifier: BSD-2-Clause */

/* An environment compared with a lock, and a lock explained: by the options of the plugin
 * that installs it, where that is to be loaded. */

#include "stages/stages.h"

#include "lock/lock.h"

#include <string.h>

/* The plugin, whose options count here. */
#define PLUGIN "lock"

typedef struct
{
  LockJob job;
  char *file;
  GPtrArray *extras, *groups; /* const char *, ending in NULL */
  GPtrArray *wheel_dirs;      /* char *, likewise */
  char **seeds;
  FetchOptions fetch;
  GPtrArray *hosts, *http_hosts; /* const char *, ending in NULL */
} Job;

static void
job_clear (Job *job)
{
  g_free (job->file);
  g_ptr_array_unref (job->extras);
  g_ptr_array_unref (job->groups);
  g_ptr_array_unref (job->wheel_dirs);
  g_ptr_array_unref (job->hosts);
  g_ptr_array_unref (job->http_hosts);
  g_strfreev (job->seeds);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Job, job_clear)

static gboolean
is_yes (const char *value)
{
  g_autofree char *text = venvb_option_read ("flag", VENVB_KIND_FLAG, value, NULL);

  return g_strcmp0 (text, "yes") == 0;
}

/* A path as the plugin has it: free with g_free(). */
static char *
path_of (VenvbOptionKind kind, const char *value)
{
  char *path = venvb_option_read ("path", kind, value, NULL);

  return path != NULL ? path : g_canonicalize_filename (value, NULL);
}

/* How what is not here is had. */
static void
take_fetch_option (Job *job, const char *key, const char *value)
{
  if (g_str_equal (key, "index-url"))
    job->fetch.index_url = value;
  else if (g_str_equal (key, "allow-host"))
    g_ptr_array_add (job->hosts, (gpointer) value);
  else if (g_str_equal (key, "allow-http"))
    g_ptr_array_add (job->http_hosts, (gpointer) value);
  else if (g_str_equal (key, "proxy"))
    job->fetch.proxy = value;
  else if (g_str_equal (key, "ca-file"))
    job->fetch.ca_file = value;
  else if (g_str_equal (key, "client-cert"))
    job->fetch.client_cert = value;
  else if (g_str_equal (key, "timeout"))
    job->fetch.timeout = (guint) g_ascii_strtoull (value, NULL, 10);
  else if (g_str_equal (key, "keyring"))
    job->fetch.keyring = is_yes (value);
  else if (g_str_equal (key, "no-pip-conf"))
    job->fetch.not_pips = is_yes (value);
  else if (g_str_equal (key, "offline"))
    job->job.offline = is_yes (value);
}

static void
take_option (Job *job, const char *key, const char *value)
{
  if (g_str_equal (key, "extra"))
    g_ptr_array_add (job->extras, (gpointer) value);
  else if (g_str_equal (key, "group"))
    g_ptr_array_add (job->groups, (gpointer) value);
  else if (g_str_equal (key, "wheel-dir"))
    g_ptr_array_add (job->wheel_dirs, path_of (VENVB_KIND_DIRECTORY, value));
  else if (g_str_equal (key, "no-default-groups"))
    job->job.no_default_groups = is_yes (value);
  else if (g_str_equal (key, "keep-extras"))
    job->job.keep_extras = is_yes (value);
  else if (g_str_equal (key, "build"))
    job->job.build_with_pip = g_str_equal (value, "pip");
  else if (g_str_equal (key, "exclude-newer") && value[0] != '\0')
    job->job.newest = MAX (age_read (value), 1); /* nothing is old enough for what is no age */
  else if (g_str_equal (key, "file") && value[0] != '\0')
    {
      g_free (job->file);
      job->file = path_of (VENVB_KIND_FILE, value);
    }
  else
    take_fetch_option (job, key, value);
}

/* Gathers what the plugin was told.  FALSE where it is not to be loaded. */
static gboolean
read_job (Job *job, VenvbBuilder *builder, GHashTable *facts)
{
  const char *seeds = facts == NULL ? NULL : g_hash_table_lookup (facts, "seeds");
  const char *key, *value, *origin;

  job->extras = g_ptr_array_new ();
  job->groups = g_ptr_array_new ();
  job->wheel_dirs = g_ptr_array_new_with_free_func (g_free);
  job->hosts = g_ptr_array_new ();
  job->http_hosts = g_ptr_array_new ();
  job->seeds = g_strsplit (seeds != NULL ? seeds : "pip", "/", -1);
  if (venvb_builder_get_plugin_path (builder, PLUGIN) == NULL)
    return FALSE;
  for (guint i = 0; venvb_builder_get_plugin_option (builder, PLUGIN, i, &key, &value, &origin);
       i++)
    take_option (job, key, value);
  if (job->file == NULL)
    job->file = g_canonicalize_filename ("pylock.toml", NULL);
  g_ptr_array_add (job->extras, NULL);
  g_ptr_array_add (job->groups, NULL);
  g_ptr_array_add (job->wheel_dirs, NULL);
  job->job.file = job->file;
  job->job.fetch = &job->fetch; /* what is not here is no error */
  g_ptr_array_add (job->hosts, NULL);
  g_ptr_array_add (job->http_hosts, NULL);
  job->fetch.hosts = (const char *const *) job->hosts->pdata;
  job->fetch.http_hosts = (const char *const *) job->http_hosts->pdata;
  job->job.extras = (const char *const *) job->extras->pdata;
  job->job.groups = (const char *const *) job->groups->pdata;
  job->job.wheel_dirs = (const char *const *) job->wheel_dirs->pdata;
  if (venvb_builder_get_flag (builder, VENVB_FLAG_WITH_PIP))
    job->job.keep_seeds = (const char *const *) job->seeds;
  return TRUE;
}

/* Compares what is installed with a lock, if one is to be installed: func hears of each
 * difference, or why that can't be told.  file receives the lock, or NULL where there is
 * none. */
void
locked_compare (VenvbBuilder *builder, GHashTable *facts, const char *env_dir,
                void (*func) (const char *what, gpointer data), gpointer data, char **file)
{
  const char *purelib = g_hash_table_lookup (facts, "purelib");
  const char *platlib = g_hash_table_lookup (facts, "platlib");
  g_autofree char *pure = g_build_filename (env_dir, purelib != NULL ? purelib : ".", NULL);
  g_autofree char *plat = g_build_filename (env_dir, platlib != NULL ? platlib : ".", NULL);
  g_auto (Job) job = { .file = NULL };
  g_autoptr (GError) error = NULL;
  const LockModule *module;

  *file = NULL;
  if (!read_job (&job, builder, facts))
    return;
  *file = g_strdup (job.file);
  module = load_lock (&error);
  if (module == NULL || !module->compare (&job.job, facts, pure, plat, func, data, &error))
    func (error->message, data);
}

GPtrArray *
venvb_builder_explain_lock (VenvbBuilder *builder, GError **error)
{
  g_auto (Job) job = { .file = NULL };
  GHashTable *facts;
  const LockModule *module;

  if (!read_job (&job, builder, NULL))
    return g_ptr_array_new_with_free_func (g_free);
  facts = python_facts (pythons_of (builder), builder_python (builder), error);
  module = facts == NULL ? NULL : load_lock (error);
  return module == NULL ? NULL : module->explain (&job.job, facts, error);
}

/* What a Python tells of itself, or would on another platform.  One that is not here is known
 * by its version. */
static GHashTable *
facts_for (VenvbBuilder *builder, const char *platform, GHashTable **made, GError **error)
{
  const char *request = builder_python (builder);
  gboolean is_version = request != NULL && platform_is_version (request);
  g_autoptr (GError) why = NULL;
  GHashTable *own = NULL;

  if (platform == NULL || !is_version)
    own = python_facts (pythons_of (builder), request, &why);
  if (own == NULL && !is_version)
    g_propagate_error (error, g_steal_pointer (&why));
  if (own == NULL && !is_version)
    return NULL;
  if (own != NULL && platform == NULL)
    return own;
  /* What there is tells of this machine's system. */
  if (own == NULL)
    own = python_facts (pythons_of (builder), NULL, NULL);
  *made = platform_facts (own, is_version ? request : NULL, platform, error);
  return *made;
}

gboolean
venvb_builder_download_lock (VenvbBuilder *builder, const char *dir, const char *platform, guint *n,
                             GError **error)
{
  g_auto (Job) job = { .file = NULL };
  g_autoptr (GHashTable) made = NULL;
  g_autofree char *store = NULL;
  g_autofree char *shared = NULL;
  const LockModule *module;
  GHashTable *facts;

  *n = 0;
  if (!read_job (&job, builder, NULL))
    {
      if (dir != NULL)
        g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
                     "what is to be downloaded a lock has to say: --lock=FILE");
      return dir == NULL;
    }
  facts = facts_for (builder, platform, &made, error);
  module = facts == NULL ? NULL : load_lock (error);
  job.job.store = store = store_of_wheels (builder, FALSE);
  job.job.shared_store = shared = store_of_wheels (builder, TRUE);
  return module != NULL && module->download (&job.job, facts, dir, n, error);
}
