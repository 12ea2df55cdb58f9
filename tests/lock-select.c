/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Prints what the module for locks takes of one:
 *
 *   lock-select [OPTION...] LOCK
 *   lock-select --environment PYTHON    prints the variables of markers for one
 *
 *   --extra=NAME --group=NAME --no-default-groups --wheel-dir=DIR
 *   --here           what is taken has to be here
 *   --check          and to have the hashes that it should have
 *   --build          what has to be built is no error
 *   --interpreter=PYTHON  for that one, instead of
 *   --python=3.13.1 --abiflags=t --machine=aarch64
 *   VARIABLE=VALUE   of markers
 *
 * for CPython 3.11.7 on x86_64 with glibc 2.36, where nothing else is said.  A line
 * for each package ("take", "skip", "build", "refuse"), and one for each warning.
 */

#include "lock/room.h"

#include "pythons/pythons.h"

#include <stdio.h>
#include <string.h>

static const char *const names[MARKER_EXTRAS] = {
  "os_name",
  "sys_platform",
  "platform_machine",
  "platform_python_implementation",
  "platform_release",
  "platform_system",
  "platform_version",
  "python_version",
  "python_full_version",
  "implementation_name",
  "implementation_version",
};

static GPtrArray *extras, *groups, *dirs;
static gboolean check;
static const char *interpreter; /* or NULL */
static GHashTable *facts;       /* of it: the environment's values are theirs */

static LockWanted wanted = {
  .env = { { "posix", "linux", "x86_64", "CPython", "6.18.44-fc-v595", "Linux",
             "#1 SMP PREEMPT_DYNAMIC", "3.11", "3.11.7", "cpython", "3.11.7" } },
};
static WheelPlatform platform = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .abiflags = "",
  .platform = "linux-x86_64",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 36,
};

static void
set_python (const char *version)
{
  sscanf (version, "%u.%u", &platform.major, &platform.minor);
  wanted.env.values[MARKER_PYTHON_VERSION] =
      g_strdup_printf ("%u.%u", platform.major, platform.minor);
  wanted.env.values[MARKER_PYTHON_FULL_VERSION] = version;
  wanted.env.values[MARKER_IMPLEMENTATION_VERSION] = version;
}

static gboolean
set_flag (const char *arg)
{
  const struct
  {
    const char *name;
    gboolean *flag;
  } flags[] = {
    { "--no-default-groups", &wanted.no_default_groups },
    { "--here", &wanted.find_files },
    { "--check", &check },
    { "--build", &wanted.build_with_pip },
  };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (g_str_equal (arg, flags[i].name))
      return *flags[i].flag = TRUE;
  return FALSE;
}

/* Takes an option; FALSE for what is none. */
static gboolean
set_option (char *arg)
{
  char *value = strchr (arg, '=');

  if (value == NULL)
    return set_flag (arg);
  *value++ = '\0';
  for (guint i = 0; i < MARKER_EXTRAS; i++)
    if (g_str_equal (arg, names[i]))
      return (wanted.env.values[i] = value) != NULL;
  if (g_str_equal (arg, "--extra"))
    g_ptr_array_add (extras, value);
  else if (g_str_equal (arg, "--group"))
    g_ptr_array_add (groups, value);
  else if (g_str_equal (arg, "--wheel-dir"))
    g_ptr_array_add (dirs, value);
  else if (g_str_equal (arg, "--interpreter"))
    interpreter = value;
  else if (g_str_equal (arg, "--python"))
    set_python (value);
  else if (g_str_equal (arg, "--abiflags"))
    platform.abiflags = value;
  else if (g_str_equal (arg, "--machine"))
    {
      wanted.env.values[MARKER_PLATFORM_MACHINE] = value;
      platform.platform = g_strconcat ("linux-", value, NULL);
    }
  else
    return FALSE;
  return TRUE;
}

static gboolean
show (const LockModule *module, const Lock *lock, const LockChoice *choice)
{
  static const char *const words[] = { "take", "skip", "build", "refuse" };
  const LockPackage *package = choice->package;
  g_autoptr (GError) error = NULL;

  if (choice->outcome == LOCK_REFUSED)
    printf ("refuse %s\n", choice->why);
  else
    printf ("%s %s%s%s%s%s%s (%s)\n", words[choice->outcome], package->name,
            package->version != NULL ? " " : "", package->version != NULL ? package->version : "",
            choice->name != NULL ? " " : "", choice->name != NULL ? choice->name : "",
            choice->is_direct ? " direct" : "", choice->why);
  if (check && choice->path != NULL)
    g_free (module->check_file (lock, choice, &wanted, &error));
  if (error == NULL)
    return TRUE;
  printf ("refuse %s\n", error->message);
  return TRUE;
}

static gboolean
take (const LockModule *module, const char *path, GError **error)
{
  Lock *lock = module->read (path, error);
  GPtrArray *choices = NULL;

  if (lock == NULL)
    return FALSE;
  for (guint i = 0; i < lock->warnings->len; i++)
    printf ("warn %s\n", (char *) lock->warnings->pdata[i]);
  choices = module->select (lock, &wanted, error);
  for (guint i = 0; choices != NULL && i < choices->len; i++)
    show (module, lock, choices->pdata[i]);
  gboolean ok = choices != NULL;
  g_clear_pointer (&choices, g_ptr_array_unref);
  module->free (lock);
  return ok;
}

/* What an interpreter tells of itself, and what it can use; NULL with error set. */
static WheelTags *
ask (const LockModule *module, const char *python, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  facts = facts_query (python, QUERY_SECONDS, text, error);
  if (facts == NULL)
    return NULL;
  module->fill_env (&wanted.env, facts);
  return wheel_tags_of_facts (facts);
}

static gboolean
print_environment (const char *python, GError **error)
{
  const LockModule *module = load_lock (error);
  g_autoptr (WheelTags) tags = module != NULL ? ask (module, python, error) : NULL;

  for (guint i = 0; tags != NULL && i < MARKER_EXTRAS; i++)
    printf ("%s=%s\n", names[i], wanted.env.values[i]);
  return tags != NULL;
}

static gboolean
run (const char *path, GError **error)
{
  const LockModule *module = load_lock (error);
  g_autoptr (WheelTags) tags = NULL;

  if (module == NULL)
    return FALSE;
  tags = interpreter != NULL ? ask (module, interpreter, error) : wheel_tags_new (&platform);
  return (wanted.tags = tags) != NULL && take (module, path, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int i = 1;

  extras = g_ptr_array_new ();
  groups = g_ptr_array_new ();
  dirs = g_ptr_array_new ();
  gboolean asked = argc == 3 && g_str_equal (argv[1], "--environment");
  while (i < argc - 1 && (asked || set_option (argv[i])))
    i++;
  if (i != argc - 1)
    {
      fprintf (stderr, "lock-select: '%s' is not known\n", i < argc ? argv[i] : "");
      return 2;
    }
  g_ptr_array_add (extras, NULL);
  g_ptr_array_add (groups, NULL);
  g_ptr_array_add (dirs, NULL);
  wanted.extras = (void *) extras->pdata;
  wanted.groups = (void *) groups->pdata;
  wanted.wheel_dirs = (void *) dirs->pdata;
  gboolean ok = asked ? print_environment (argv[i], &error) : run (argv[i], &error);
  if (!ok)
    fprintf (stderr, "lock-select: %s\n", error->message);
  g_ptr_array_unref (extras);
  g_ptr_array_unref (groups);
  g_ptr_array_unref (dirs);
  return ok ? 0 : 1;
}
