/* SPDX-License-Identifier: BSD-2-Clause */

/* Options that can't be meant as they stand beside each other. */

#include "command/command.h"

#include <string.h>

/* Tells whether the name of an environment is rather that of a lock. */
static gboolean
is_lock_like (const char *env_dir)
{
  g_autofree char *name = g_path_get_basename (env_dir);

  return (g_str_has_prefix (name, "pylock.") && g_str_has_suffix (name, ".toml"))
         || ((g_str_has_suffix (name, ".toml") || g_str_has_suffix (name, ".txt"))
             && g_file_test (env_dir, G_FILE_TEST_IS_REGULAR));
}

/* Tells whether the command line has an option that makes no sense where something is to be
 * mended. */
static const char *
against_repair (const Options *options)
{
  static const char *const names[] = { "clear", "upgrade", "upgrade-deps", "requirement" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (settings_is_said (options, settings_find (names[i], strlen (names[i]))))
      return names[i];
  return NULL;
}

/* The option that makes nothing of which --dry-run could tell, or NULL. */
static const char *
against_dry_run (const Options *options)
{
  const struct
  {
    gboolean is_given;
    const char *name;
  } rows[] = {
    { options->check && !options->repair, "check" },
    { options->explain, "explain" },
    { options->check_config, "check-config" },
    { options->list_plugins, "list-plugins" },
    { options->list_pythons, "list-pythons" },
    { options->dump_plugin != NULL, "dump-plugin" },
    { options->check_plugin != NULL, "check-plugin" },
    { options->new_plugin != NULL, "new-plugin" },
    { options->download != NULL, "download" },
    { options->cache_info, "cache-info" },
    { options->cache_clean, "cache-clean" },
    { options->cache_prune, "cache-prune" },
    { options->cache_warm, "cache-warm" },
  };

  for (guint i = 0; options->dry_run && i < G_N_ELEMENTS (rows); i++)
    if (rows[i].is_given)
      return rows[i].name;
  return NULL;
}

/* Refuses what can't be meant. */
gboolean
refused_check (const Options *options, GError **error)
{
  gboolean only_asks = options->help || options->version || options->list_plugins
                       || options->list_pythons || options->dump_plugin != NULL
                       || options->check_plugin != NULL || options->new_plugin != NULL
                       || options->build_system != NULL || options->explain || options->check_config
                       || options->cache_info || options->cache_clean || options->cache_prune
                       || options->cache_warm || options->download != NULL;

  if (!options->help && !options->version && against_dry_run (options) != NULL)
    return settings_fail (error,
                          "--dry-run and --%s can't be used together: it tells what would become "
                          "of an ENV_DIR",
                          against_dry_run (options));
  if (options->env_dirs == NULL && !only_asks)
    return hints_fail_no_env_dir (options, error);
  if (options->platform != NULL && options->download == NULL && !options->cache_warm)
    return settings_fail (error, "--platform is of --download: no environment is made for another "
                                 "platform");
  if (options->repair && against_repair (options) != NULL)
    return settings_fail (error, "--repair and --%s can't be used together",
                          against_repair (options));
  if (options->lock != NULL && options->lock[0] != '\0' && options->requirement != NULL
      && options->requirement[0] != '\0')
    return settings_fail (error, "--lock and --requirement can't be used together: a lock names "
                                 "all that is installed");
  for (guint i = 0;
       options->lock != NULL && options->env_dirs != NULL && options->env_dirs[i] != NULL; i++)
    if (is_lock_like (options->env_dirs[i]))
      return settings_fail (error, "'%s' is taken for an ENV_DIR; a lock is named with --lock=%s",
                            options->env_dirs[i], options->env_dirs[i]);
  return only_asks || options->check || hints_check_env_dirs (options, error);
}
