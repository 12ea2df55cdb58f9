/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Has the environment hold what a lock names and nothing else, natively: a pylock.toml,
 * or requirements that are all pinned with hashes.  What that means, the module lock.so
 * knows; this hands on the options, and pip what has to be built.
 */

#include "venvb-plugin.h"

#include "lock/lock.h"

#include <string.h>

/* What is left on a context: what is to be done. */
#define RUN "lock.run"

enum
{
  BUILD_NO,
  BUILD_PIP,
};

typedef struct
{
  char *file;
  char **extras, **groups, **wheel_dirs, **any_record;
  gboolean no_default_groups, offline, keep_extras, keyring, no_pip_conf;
  guint build;
  char *index_url, *proxy, *ca_file, *client_cert;
  char **allow_hosts, **allow_http;
  char *exclude_newer;
  gint64 timeout, newest;
  FetchOptions fetch;
} Plugin;

static const VenvbOption rows[] = {
  { .key = "file",
    .kind = VENVB_KIND_STRING,
    .help = "the lock (./pylock.toml)",
    .value = "FILE",
    .may_be_empty = TRUE },
  { .key = "extra",
    VENVB_STRINGS (Plugin, extras),
    .help = "an extra of the project",
    .value = "NAME" },
  { .key = "group",
    VENVB_STRINGS (Plugin, groups),
    .help = "a dependency group, besides the default ones",
    .value = "NAME" },
  { .key = "no-default-groups",
    VENVB_FLAG (Plugin, no_default_groups),
    .help = "not the default groups" },
  { .key = "wheel-dir", VENVB_DIRECTORIES (Plugin, wheel_dirs), .help = "a directory of wheels" },
  { .key = "offline", VENVB_FLAG (Plugin, offline), .help = "nothing from the network" },
  { .key = "keep-extras",
    VENVB_FLAG (Plugin, keep_extras),
    .help = "what the lock does not name stays" },
  { .key = "any-record",
    VENVB_STRINGS (Plugin, any_record),
    .help = "a package whose wheel has a RECORD that is wrong",
    .value = "NAME" },
  { .key = "build",
    VENVB_CHOICE (Plugin, build, "no|pip"),
    .help = "who builds what has no wheel",
    .initial = "no" },
  { .key = "index-url",
    VENVB_URL (Plugin, index_url),
    .help = "where wheels come from, whatever the lock says",
    .value = "URL" },
  { .key = "allow-host",
    VENVB_STRINGS (Plugin, allow_hosts),
    .help = "a host that may be asked, and no others",
    .value = "HOST" },
  { .key = "allow-http",
    VENVB_STRINGS (Plugin, allow_http),
    .help = "a host that may be asked without TLS",
    .value = "HOST" },
  { .key = "exclude-newer",
    VENVB_STRING (Plugin, exclude_newer),
    .help = "nothing that was uploaded since then",
    .value = "7d|DATE" },
  { .key = "proxy",
    VENVB_STRING (Plugin, proxy),
    .help = "by way of which to ask",
    .value = "URL" },
  { .key = "ca-file",
    VENVB_PATH (Plugin, ca_file),
    .help = "certificates to trust instead of the system's",
    .value = "FILE" },
  { .key = "client-cert",
    VENVB_FILE (Plugin, client_cert),
    .help = "a certificate of our own, with its key",
    .value = "FILE" },
  { .key = "timeout",
    VENVB_INTEGER (Plugin, timeout, 1, 3600),
    .help = "how long to wait for a byte",
    .value = "SECONDS",
    .initial = "30" },
  { .key = "keyring",
    VENVB_FLAG (Plugin, keyring),
    .help = "ask the program keyring for passwords" },
  { .key = "no-pip-conf", VENVB_FLAG (Plugin, no_pip_conf), .help = "pip's settings do not count" },
};

static void
lock_unload (gpointer self)
{
  g_free (((Plugin *) self)->file);
}

/* The lock's file, which is never fetched. */
static gboolean
lock_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  Plugin *plugin = self;

  g_clear_pointer (&plugin->file, g_free);
  if (strstr (value, "://") != NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                   "'%s' is not read, since a lock decides what is run: fetch it, look at it, and "
                   "name the file",
                   value);
      return FALSE;
    }
  return value[0] == '\0'
         || (plugin->file = venvb_option_read (key, VENVB_KIND_FILE, value, error)) != NULL;
}

static gboolean
lock_ready (gpointer self, GError **error)
{
  Plugin *plugin = self;

  gboolean is_aged = plugin->exclude_newer != NULL && plugin->exclude_newer[0] != '\0';

  plugin->newest = is_aged ? age_read (plugin->exclude_newer) : 0;
  if (is_aged && plugin->newest == 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                   "exclude-newer: '%s' is neither an age, as 12h, 7d or 2w, nor a date, as "
                   "2026-01-31",
                   plugin->exclude_newer);
      return FALSE;
    }
  if (plugin->file == NULL)
    plugin->file = venvb_option_read ("file", VENVB_KIND_FILE, "pylock.toml", error);
  return plugin->file != NULL;
}

/* Has pip build what is left for it, of which the lock has decided what it needs. */
static gboolean
run_pip (const Plugin *plugin, VenvbContext *ctx, const GPtrArray *builds, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new ();

  g_ptr_array_add (args, "install");
  g_ptr_array_add (args, "--no-deps");
  g_ptr_array_add (args, "--progress-bar=off");
  if (plugin->offline)
    g_ptr_array_add (args, "--no-index");
  for (guint i = 0; i < builds->len; i++)
    g_ptr_array_add (args, builds->pdata[i]);
  g_ptr_array_add (args, NULL);
  if (venvb_context_run_pip (ctx, (const char *const *) args->pdata, NULL, error))
    return TRUE;
  g_prefix_error (error, "'%s': pip: ", plugin->file);
  return FALSE;
}

/* How what is not here is had. */
static const FetchOptions *
fetch_of (Plugin *plugin)
{
  plugin->fetch = (FetchOptions){ .index_url = plugin->index_url,
                                  .hosts = (const char *const *) plugin->allow_hosts,
                                  .http_hosts = (const char *const *) plugin->allow_http,
                                  .proxy = plugin->proxy,
                                  .ca_file = plugin->ca_file,
                                  .client_cert = plugin->client_cert,
                                  .timeout = (guint) plugin->timeout,
                                  .keyring = plugin->keyring,
                                  .not_pips = plugin->no_pip_conf };
  return &plugin->fetch;
}

/* What is to be done in a context: of what comes with an environment, pip stays.  kept is
 * the caller's. */
static LockJob
job_of (Plugin *plugin, VenvbContext *ctx, char ***kept)
{
  const char *seeds = venvb_context_get_fact (ctx, "seeds");
  gboolean has_pip = venvb_context_get_flag (ctx, VENVB_FLAG_WITH_PIP);

  *kept = has_pip ? g_strsplit (seeds != NULL ? seeds : "pip", "/", -1) : NULL;
  return (LockJob){ .file = plugin->file,
                    .extras = (const char *const *) plugin->extras,
                    .groups = (const char *const *) plugin->groups,
                    .wheel_dirs = (const char *const *) plugin->wheel_dirs,
                    .any_record = (const char *const *) plugin->any_record,
                    .no_default_groups = plugin->no_default_groups,
                    .keep_extras = plugin->keep_extras,
                    .build_with_pip = plugin->build == BUILD_PIP,
                    .offline = plugin->offline,
                    .exclude_newer = plugin->newest > 0 ? plugin->exclude_newer : NULL,
                    .newest = plugin->newest,
                    .fetch = fetch_of (plugin),
                    .keep_seeds = (const char *const *) *kept };
}

/* As soon as the Python is known, it is known what can't be done: before anything is. */
static gboolean
lock_find_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) kept = NULL;
  const LockModule *module;
  LockRun *run;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE))
    return TRUE;
  module = load_lock (error);
  if (module == NULL)
    return FALSE;
  const LockJob job = job_of (self, ctx, &kept);
  run = module->prepare (ctx, &job, others, error);
  venvb_context_set_data (ctx, RUN, run, (GDestroyNotify) module->forget);
  for (guint i = 0; i < others->len; i++)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "%s", (char *) others->pdata[i]);
  return run != NULL;
}

static gboolean
lock_post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_auto (GStrv) kept = NULL;
  g_autoptr (GPtrArray) builds = g_ptr_array_new_with_free_func (g_free);
  const LockModule *module = venvb_next (next, ctx, error) ? load_lock (error) : NULL;
  const LockJob job = job_of (self, ctx, &kept);

  return module != NULL
         && module->sync (ctx, &job, venvb_context_get_data (ctx, RUN), builds, error)
         && (builds->len == 0 || run_pip (self, ctx, builds, error));
}

VENVB_PLUGIN (.name = "lock", .version = VENVB_VERSION,
              .summary = "install what a lock names, and nothing else", .ready = lock_ready,
              .set_option = lock_set_option, .unload = lock_unload, .find_python = lock_find_python,
              .post_setup = lock_post_setup, .changed = venvb_changed_as_seen, .dry_run = TRUE,
              VENVB_OPTIONS (Plugin, rows))
