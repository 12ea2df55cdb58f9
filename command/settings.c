/* SPDX-License-Identifier: BSD-2-Clause */

/* Every option of the command, and who set it to what.  Adding one is adding a
 * row here, a member to Options, and an item to docs/venvb.pod; its variable
 * and its configuration key come by themselves. */

#include "base/home.h"
#include "base/nearest.h"
#include "base/secret.h"
#include "command/command.h"

#include <string.h>

/* clang-format off */
#define FLAG(name, letter, member, help) \
  { name, letter, SETTING_FLAG, G_STRUCT_OFFSET (Options, member), help, NULL, NULL, NULL, NULL }
#define ONE_OF(exclusive, name, letter, member, help) \
  { name, letter, SETTING_FLAG, G_STRUCT_OFFSET (Options, member), help, NULL, NULL, exclusive, NULL }
#define TEXT(name, letter, member, help, value) \
  { name, letter, SETTING_TEXT, G_STRUCT_OFFSET (Options, member), help, value, NULL, NULL, NULL }
#define LINES(name, letter, member, help, value) \
  { name, letter, SETTING_LINES, G_STRUCT_OFFSET (Options, member), help, value, NULL, NULL, NULL }
#define PATH(name, letter, member, help, value) \
  { name, letter, SETTING_PATH, G_STRUCT_OFFSET (Options, member), help, value, NULL, NULL, NULL }
#define PATH_OR(bare, name, letter, member, help, value) \
  { name, letter, SETTING_PATH, G_STRUCT_OFFSET (Options, member), help, value, NULL, NULL, bare }
#define CHOICE(name, letter, member, help, value, choices) \
  { name, letter, SETTING_CHOICE, G_STRUCT_OFFSET (Options, member), help, value, choices, NULL, NULL }
#define LIST(name, help, value) \
  { name, 0, SETTING_LIST, 0, help, value, NULL, NULL, NULL }
#define ACTION(name, letter, member, help) \
  { name, letter, SETTING_ACTION, G_STRUCT_OFFSET (Options, member), help, NULL, NULL, NULL, NULL }
#define OBJECT(name, letter, member, help, value) \
  { name, letter, SETTING_OBJECT, G_STRUCT_OFFSET (Options, member), help, value, NULL, NULL, NULL }
#define END { NULL, 0, SETTING_FLAG, 0, NULL, NULL, NULL, NULL, NULL }
/* clang-format on */

static const Setting environment[] = {
  LINES ("python", 'p', python, "base Python: 3.12, >=3.10, pypy, a path ...", "PYTHON"),
  ACTION ("list-pythons", 0, list_pythons, "list the Pythons there are"),
  FLAG ("system-site-packages", 0, system_site_packages, "make the base Python's packages visible"),
  ONE_OF ("link", "symlinks", 0, symlinks, "link the interpreter (the default)"),
  ONE_OF ("link", "copies", 0, copies, "copy the interpreter"),
  TEXT ("prompt", 0, prompt, "name in the prompt; '.': that of the cwd", "PROMPT"),
  FLAG ("without-pip", 0, without_pip, "do not install pip"),
  FLAG ("no-compile", 0, no_compile, "leave out the byte code"),
  PATH_OR ("pylock.toml", "lock", 0, lock, "install what a lock names; alone: pylock.toml", "FILE"),
  LINES ("requirement", 'r', requirement, "install what a file of requirements names", "FILE"),
  OBJECT ("download", 0, download, "put the wheels that --lock names into DIR", "DIR"),
  OBJECT ("platform", 0, platform, "of --download: manylinux_2_28_aarch64 ...", "PLATFORM"),
  FLAG ("upgrade-deps", 0, upgrade_deps, "upgrade pip from the index"),
  FLAG ("without-scm-ignore-files", 0, without_scm_ignore_files,
        "do not hide it from version control"),
  ACTION ("dry-run", 0, dry_run, "tell what would be done, and do nothing"),
  END,
};

static const Setting existing[] = {
  ONE_OF ("existing", "clear", 0, clear, "replace all that is in it"),
  FLAG ("force", 0, force, "let --clear empty a project, too"),
  ONE_OF ("existing", "upgrade", 0, upgrade, "adapt it to a Python upgraded in place"),
  FLAG ("keep-failed", 0, keep_failed, "keep what a run has made that fails, beside it"),
  FLAG ("no-wait", 0, no_wait, "fail when another run is at work on it"),
  FLAG ("follow-redirect", 0, follow_redirect, "go where a file .venv points to"),
  ACTION ("check", 0, check, "tell whether it is sound, and how to mend it"),
  ACTION ("repair", 0, repair, "check it, and mend it, without losing anything"),
  END,
};

static const Setting plugins[] = {
  LIST ("plugin", "add a plugin, or the file of one", "NAME[,KEY=VAL...]"),
  LIST ("no-plugin", "leave a plugin out", "NAME"),
  LIST ("plugin-dir", "look for plugins here first", "DIR"),
  ACTION ("list-plugins", 0, list_plugins, "list the plugins there are"),
  OBJECT ("dump-plugin", 0, dump_plugin, "describe a plugin as key=value lines", "NAME"),
  OBJECT ("check-plugin", 0, check_plugin, "look for mistakes in a plugin", "FILE[,...]"),
  OBJECT ("new-plugin", 0, new_plugin, "write a project for a plugin to DIR", "NAME"),
  OBJECT ("build-system", 0, build_system, "of --new-plugin: make, autotools or meson", "SYSTEM"),
  FLAG ("no-config", 0, no_config, "read no configuration file"),
  ACTION ("check-config", 0, check_config, "list what is wrong with the configuration"),
  ACTION ("explain", 0, explain, "print all settings, and what would run"),
  END,
};

static const Setting cache[] = {
  PATH ("cache-dir", 0, cache_dir, "where to keep what is costly to make", "DIR"),
  PATH ("shared-cache-dir", 0, shared_cache_dir, "a second cache, only read", "DIR"),
  FLAG ("no-cache", 0, no_cache, "keep nothing, and use nothing that was kept"),
  CHOICE ("link-mode", 0, link_mode, "auto, clone, hardlink or copy", "MODE",
          "auto|clone|hardlink|copy"),
  ACTION ("cache-info", 0, cache_info, "print where the cache is and how large"),
  ACTION ("cache-clean", 0, cache_clean, "throw the cache away"),
  ACTION ("cache-prune", 0, cache_prune, "remove what was not used for 30 days"),
  ACTION ("cache-warm", 0, cache_warm, "fill the cache, readable for all"),
  END,
};

static const Setting output[] = {
  ONE_OF ("volume", "quiet", 'q', quiet, "print errors only"),
  ONE_OF ("volume", "verbose", 'v', verbose, "what is decided; -vv: all that programs say"),
  FLAG ("json", 0, json, "describe each environment as a line of JSON"),
  FLAG ("timings", 0, timings, "print how long each stage took"),
  CHOICE ("progress", 0, progress, "auto, plain or none", "HOW", "auto|plain|none"),
  CHOICE ("color", 0, color, "auto, always or never", "WHEN", "auto|always|never"),
  ACTION ("version", 0, version, "print the version"),
  ACTION ("help", 'h', help, "print this help"),
  END,
};

const SettingGroup settings_groups[] = {
  { "Environment", environment },
  { "Existing directory", existing },
  { "Plugins and configuration", plugins },
  { "Cache", cache },
  { "Output", output },
  { NULL, NULL },
};

gboolean
settings_fail (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_USAGE, message);
  return FALSE;
}

/* Finds an option by the first length bytes of name; NULL when there is none. */
const Setting *
settings_find (const char *name, gsize length)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (strlen (at->name) == length && strncmp (at->name, name, length) == 0)
        return at;
  return NULL;
}

/* Tells whether an option is for one call rather than a setting. */
gboolean
settings_is_action (const Setting *setting)
{
  return setting->kind == SETTING_ACTION || setting->kind == SETTING_OBJECT;
}

/* Tells whether an option may be given several times. */
gboolean
settings_is_list (const Setting *setting)
{
  return setting->kind == SETTING_LIST || setting->kind == SETTING_LINES;
}

/* The name of the variable that stands for an option: free with g_free(). */
char *
settings_variable (const Setting *setting)
{
  g_autofree char *upper = g_ascii_strup (setting->name, -1);

  return g_strconcat ("VENVB_", g_strdelimit (upper, "-", '_'), NULL);
}

gboolean
settings_parse_boolean (const char *text, gboolean *value)
{
  static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0)
      {
        *value = i % 2;
        return TRUE;
      }
  return FALSE;
}

/* What is remembered of who set an option. */
typedef struct
{
  guint rank;
  char *name;
} SettingOrigin;

static void
setting_origin_free (SettingOrigin *origin)
{
  g_free (origin->name);
  g_free (origin);
}

static void
remember (Options *options, const Setting *setting, const Origin *origin)
{
  SettingOrigin *copy = g_new0 (SettingOrigin, 1);

  *copy = (SettingOrigin){ origin->rank, g_strdup (origin->name) };
  if (options->origins == NULL)
    options->origins =
        g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) setting_origin_free);
  g_hash_table_replace (options->origins, (gpointer) setting, copy);
}

static const SettingOrigin *
lookup (const Options *options, const Setting *setting)
{
  return options->origins == NULL ? NULL : g_hash_table_lookup (options->origins, setting);
}

/* Notes that a stronger source has another value for an option, which who asks for all
 * that is done is to hear. */
static void
note_overruled (Options *options, const Setting *setting, const char *before, const Origin *origin)
{
  const SettingOrigin *earlier = lookup (options, setting);
  g_autofree char *now = settings_value (options, setting);

  if (earlier == NULL || earlier->rank == origin->rank || settings_is_action (setting)
      || setting->kind == SETTING_LIST || g_strcmp0 (before, now) == 0)
    return;
  g_autofree char *was = secret_mask_value (setting->name, before != NULL ? before : "");
  g_autofree char *prefix = g_strconcat (setting->name, ": ", NULL);
  g_autofree char *is = secret_mask_value (setting->name, now != NULL ? now : "");

  if (options->overruled == NULL)
    options->overruled = g_ptr_array_new_with_free_func (g_free);
  /* What counted so far, and does not any more. */
  for (guint i = options->overruled->len; i-- > 0;)
    if (g_str_has_prefix (g_ptr_array_index (options->overruled, i), prefix))
      g_ptr_array_remove_index (options->overruled, i);
  g_ptr_array_add (options->overruled,
                   g_strdup_printf ("%s: '%s' of %s counts, not '%s' of %s", setting->name, is,
                                    origin->name != NULL ? origin->name : "the command line", was,
                                    earlier->name != NULL ? earlier->name : "the command line"));
}

/* Who set an option: a place in a file, a variable, or "default". */
const char *
settings_origin (const Options *options, const Setting *setting)
{
  const SettingOrigin *origin = lookup (options, setting);

  if (origin == NULL)
    return "default";
  return origin->name == NULL ? "command line" : origin->name;
}

/* Tells whether the command line set an option. */
gboolean
settings_is_said (const Options *options, const Setting *setting)
{
  const SettingOrigin *origin = lookup (options, setting);

  return origin != NULL && origin->name == NULL;
}

/* Who set the option of that name, when it was a file or a variable: NULL for
 * the command line, and for nobody. */
const char *
settings_asker (const Options *options, const char *name)
{
  const SettingOrigin *origin = lookup (options, settings_find (name, strlen (name)));

  return origin == NULL ? NULL : origin->name;
}

/* A flag that is switched on switches off those it excludes; two that are
 * switched on by the same source contradict each other. */
static gboolean
exclude_others (Options *options, const Setting *setting, const Origin *origin, GError **error)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      {
        const SettingOrigin *other = lookup (options, at);
        gboolean *value = G_STRUCT_MEMBER_P (options, at->offset);

        if (at == setting || at->exclusive == NULL
            || !g_str_equal (at->exclusive, setting->exclusive) || !*value)
          continue;
        if (other != NULL && other->rank == origin->rank)
          return settings_fail (error, "--%s and --%s can't be used together", at->name,
                                setting->name);
        *value = FALSE;
        g_hash_table_remove (options->origins, at);
      }
  return TRUE;
}

static gboolean
assign_flag (Options *options, const Setting *setting, const char *text, const Origin *origin,
             GError **error)
{
  gboolean value;

  if (!settings_parse_boolean (text, &value))
    return settings_fail (error, "'%s' is neither yes nor no", text);
  if (value && setting->exclusive != NULL && !exclude_others (options, setting, origin, error))
    return FALSE;
  *(gboolean *) G_STRUCT_MEMBER_P (options, setting->offset) = value;
  return TRUE;
}

static gboolean
assign_choice (Options *options, const Setting *setting, const char *text, GError **error)
{
  g_auto (GStrv) choices = g_strsplit (setting->choices, "|", -1);

  for (guint i = 0; choices[i] != NULL; i++)
    if (g_str_equal (choices[i], text))
      {
        *(guint *) G_STRUCT_MEMBER_P (options, setting->offset) = i;
        return TRUE;
      }
  g_autofree char *meant = nearest_word ((const char *const *) choices, text);
  return settings_fail (error, "'%s' is not %s%s%s%s", text, setting->help,
                        meant != NULL ? "; did you mean '" : "", meant != NULL ? meant : "",
                        meant != NULL ? "'?" : "");
}

static gboolean
assign_text (Options *options, const Setting *setting, const char *text, GError **error)
{
  char **value = G_STRUCT_MEMBER_P (options, setting->offset);

  g_free (*value);
  *value = g_strdup (text);
  return TRUE;
}

/* Adds a line, or begins anew when the earlier ones are of a weaker source. */
static gboolean
assign_line (Options *options, const Setting *setting, const char *text, const Origin *origin)
{
  char **value = G_STRUCT_MEMBER_P (options, setting->offset);
  const SettingOrigin *earlier = lookup (options, setting);
  g_autofree char *before = *value;

  *value = earlier != NULL && earlier->rank == origin->rank ? g_strconcat (before, "\n", text, NULL)
                                                            : g_strdup (text);
  return TRUE;
}

/* Makes `~/` at the start of a text the home directory, as a shell would: free
 * with g_free(). */
char *
settings_expand_home (const char *text)
{
  return g_str_has_prefix (text, "~/") && home_dir () != NULL
             ? g_build_filename (home_dir (), text + strlen ("~/"), NULL)
             : g_strdup (text);
}

/* Makes a path of a file or a variable one that means the same everywhere:
 * `~/` is the home directory, and nothing is relative.  Returns NULL with error set for one that depends on the current directory. */
static char *
expand (const char *path, const Origin *origin, GError **error)
{
  g_autofree char *advice = NULL;

  if (origin->name == NULL || g_path_is_absolute (path))
    return g_strdup (path);
  if (g_str_has_prefix (path, "~/") && home_dir () != NULL)
    return settings_expand_home (path);
  advice = home_advice ();
  if (g_str_has_prefix (path, "~/"))
    settings_fail (error, "'%s' is in no home directory: %s", path,
                   advice != NULL ? advice : "there is none");
  else
    settings_fail (error, "'%s' is a relative path", path);
  return NULL;
}

/* Tells whether a value names a file, so that it has to be absolute anywhere
 * but on the command line. */
static gboolean
is_path (const Setting *setting, const char *value)
{
  return setting->kind == SETTING_PATH || g_str_equal (setting->name, "plugin-dir")
         || (settings_is_list (setting) && strcspn (value, "/") < strcspn (value, ","));
}

PluginStep *
settings_add_step (Options *options, int kind, const char *text, const Origin *origin)
{
  PluginStep *step = g_new0 (PluginStep, 1);

  step->kind = kind;
  step->rank = origin->rank;
  step->text = g_strdup (text);
  step->origin = g_strdup (origin->name);
  g_ptr_array_add (options->steps, step);
  return step;
}

static int
step_kind (const Setting *setting)
{
  if (g_str_equal (setting->name, "plugin-dir"))
    return STEP_DIR;
  return g_str_equal (setting->name, "plugin") ? STEP_ADD : STEP_REMOVE;
}

static gboolean
assign (Options *options, const Setting *setting, const char *value, const Origin *origin,
        GError **error)
{
  switch (setting->kind)
    {
    case SETTING_FLAG:
    case SETTING_ACTION:
      return assign_flag (options, setting, value, origin, error);
    case SETTING_CHOICE:
      return assign_choice (options, setting, value, error);
    case SETTING_LINES:
      return assign_line (options, setting, value, origin);
    case SETTING_LIST:
      settings_add_step (options, step_kind (setting), value, origin);
      return TRUE;
    default:
      return assign_text (options, setting, value, error);
    }
}

/* Sets an option; lists get one item more.  Sources are to be read in the
 * order of their ranks: what comes later wins. */
gboolean
settings_assign (Options *options, const Setting *setting, const char *value, const Origin *origin,
                 GError **error)
{
  g_autofree char *expanded =
      is_path (setting, value) ? expand (value, origin, error) : g_strdup (value);

  g_autofree char *before = settings_value (options, setting);

  if (expanded == NULL || !assign (options, setting, expanded, origin, error))
    return FALSE;
  note_overruled (options, setting, before, origin);
  remember (options, setting, origin);
  return TRUE;
}

static void
add_option_step (Options *options, const char *plugin, const char *key, char **values,
                 const Origin *origin)
{
  PluginStep *step = settings_add_step (options, STEP_OPTION, plugin, origin);

  step->key = g_strdup (key);
  step->values = values;
}

/* What --lock and -r say of plugins, in the place of who said it. */
void
settings_add_installers (Options *options)
{
  const SettingOrigin *lock = lookup (options, settings_find ("lock", strlen ("lock")));
  const SettingOrigin *requirement =
      lookup (options, settings_find ("requirement", strlen ("requirement")));

  if (lock != NULL && options->lock[0] != '\0')
    {
      const Origin origin = { lock->rank, lock->name };

      settings_add_step (options, STEP_ENABLE, "lock", &origin);
      add_option_step (options, "lock", "file", g_strsplit (options->lock, "\n", 1), &origin);
    }
  if (requirement != NULL && options->requirement[0] != '\0')
    {
      const Origin origin = { requirement->rank, requirement->name };

      settings_add_step (options, STEP_ENABLE, "requirements", &origin);
      add_option_step (options, "requirements", "file", g_strsplit (options->requirement, "\n", -1),
                       &origin);
      add_option_step (options, "requirements", "native", g_strsplit ("yes", "\n", 1), &origin);
    }
}

/* The value of an option as text, to be freed with g_free(); NULL when it has
 * none.  Lists have none: they are shown as what came of them. */
char *
settings_value (const Options *options, const Setting *setting)
{
  gconstpointer member = G_STRUCT_MEMBER_P (options, setting->offset);

  if (setting->kind == SETTING_LIST)
    return NULL;
  if (setting->kind == SETTING_FLAG || setting->kind == SETTING_ACTION)
    return g_strdup (*(const gboolean *) member ? "yes" : "no");
  if (setting->kind != SETTING_CHOICE)
    return *(char *const *) member == NULL
               ? NULL
               : g_strdelimit (g_strdup (*(char *const *) member), "\n", ' ');
  g_auto (GStrv) choices = g_strsplit (setting->choices, "|", -1);
  return g_strdup (choices[*(const guint *) member]);
}
