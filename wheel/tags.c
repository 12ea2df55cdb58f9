/* SPDX-License-Identifier: BSD-2-Clause */

/* Which wheels a Python can use, and which of them it likes best: the "platform
 * compatibility tags" specification (PEP 425, 600, 656), by the order of
 * packaging 26.  Of platforms, Linux is known; a wheel for any fits anywhere. */

#include "wheel/room.h"

#include <string.h>

/* More than these count as these. */
#define MOST_MINOR 199
#define MOST_LIBC_MAJOR 3
#define MOST_LIBC_MINOR 99

/* The last minor version of a glibc that has a successor is not known yet. */
#define LAST_LIBC_MINOR 50

/* e_machine and e_flags of ELF. */
#define MACHINE_386 3
#define MACHINE_ARM 40
#define ARM_ABI_MASK 0xff000000u
#define ARM_ABI_5 0x05000000u
#define ARM_HARD_FLOAT 0x00000400u

/* All tags of a Python and ABI, one for each platform; or the one for any. */
typedef struct
{
  char *python; /* cp311 */
  char *abi;    /* abi3 */
  gboolean any;
  guint first; /* the rank of the first of them */
} Group;

struct _WheelTags
{
  GPtrArray *platforms; /* char *, best first */
  GArray *groups;       /* Group, best first */
  guint count;          /* of all tags */
  char *description;    /* CPython 3.13t on linux-x86_64 with glibc 2.36 */
};

static void
group_clear (gpointer data)
{
  Group *group = data;

  g_free (group->python);
  g_free (group->abi);
}

/* Takes over what python points to. */
static void
add_group (WheelTags *tags, char *python, const char *abi, gboolean any)
{
  const Group group = { python, g_strdup (abi), any, tags->count };

  g_array_append_val (tags->groups, group);
  tags->count += any ? 1 : tags->platforms->len;
}

static const char *
text_of (const char *text)
{
  return text != NULL ? text : "";
}

/* --- Platforms ---------------------------------------------------------- */

/* The machines whose programs run, best first: NULL-terminated. */
static char **
machines_of (const WheelPlatform *platform)
{
  g_autofree char *own = g_strdup (strchr (platform->platform, '-') + 1);

  g_strdelimit (own, ".- ", '_');
  if (platform->bits == 32 && g_str_equal (own, "x86_64"))
    return g_strsplit ("i686", " ", -1);
  if (platform->bits == 32 && g_str_equal (own, "aarch64"))
    return g_strsplit ("armv8l armv7l", " ", -1);
  return g_strsplit (own, " ", -1);
}

/* Tells whether programs for manylinux run there: ARM has had several ABIs, and
 * a 32-bit program need not be one of the i386. */
static gboolean
has_manylinux (const WheelPlatform *platform, char **machines)
{
  static const char *const known[] = { "x86_64", "aarch64",     "ppc64",   "ppc64le",
                                       "s390x",  "loongarch64", "riscv64", NULL };

  if (g_strv_contains ((const char *const *) machines, "armv7l"))
    return platform->elf_machine == MACHINE_ARM && (platform->elf_flags & ARM_ABI_MASK) == ARM_ABI_5
           && (platform->elf_flags & ARM_HARD_FLOAT) != 0;
  if (g_str_equal (machines[0], "i686"))
    return platform->elf_machine == MACHINE_386;
  return g_strv_contains (known, machines[0]);
}

/* Adds the tags of one version of glibc, unless the distributor objects. */
static void
add_manylinux (WheelTags *tags, guint major, guint minor, const char *machine, char **refused)
{
  static const struct
  {
    guint minor;
    const char *name;
  } legacy[] = { { 17, "manylinux2014" }, { 12, "manylinux2010" }, { 5, "manylinux1" } };
  g_autofree char *which = g_strdup_printf ("%u_%u_%s", major, minor, machine);

  if (g_strv_contains ((const char *const *) refused, which))
    return;
  g_ptr_array_add (tags->platforms, g_strconcat ("manylinux_", which, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (legacy); i++)
    if (major == 2 && minor == legacy[i].minor)
      g_ptr_array_add (tags->platforms, g_strconcat (legacy[i].name, "_", machine, NULL));
}

/* Adds all that was built for this glibc, or an older one. */
static void
add_all_manylinux (WheelTags *tags, const WheelPlatform *platform, const char *machine)
{
  g_auto (GStrv) refused = g_strsplit (text_of (platform->no_manylinux), "/", -1);
  gboolean is_x86 = g_str_equal (machine, "x86_64") || g_str_equal (machine, "i686");
  guint newest = MIN (platform->libc_minor, MOST_LIBC_MINOR);

  for (guint major = MIN (platform->libc_major, MOST_LIBC_MAJOR); major >= 2; major--)
    {
      guint oldest = major > 2 ? 0 : is_x86 ? 5 : 17;

      for (guint minor = newest + 1; minor-- > oldest;)
        add_manylinux (tags, major, minor, machine, refused);
      newest = LAST_LIBC_MINOR;
    }
}

static void
add_musllinux (WheelTags *tags, const WheelPlatform *platform, const char *machine)
{
  for (guint minor = MIN (platform->libc_minor, MOST_LIBC_MINOR) + 1; minor-- > 0;)
    g_ptr_array_add (tags->platforms,
                     g_strdup_printf ("musllinux_%u_%u_%s", platform->libc_major, minor, machine));
}

/* Adds the platforms whose wheels work, those made for this very machine
 * first. */
static void
add_platforms (WheelTags *tags, const WheelPlatform *platform)
{
  const char *libc = text_of (platform->libc);
  g_auto (GStrv) machines = NULL;

  if (!g_str_has_prefix (text_of (platform->platform), "linux-"))
    return;
  machines = machines_of (platform);
  for (guint i = 0; machines[i] != NULL; i++)
    g_ptr_array_add (tags->platforms, g_strconcat ("linux_", machines[i], NULL));
  for (guint i = 0; machines[i] != NULL; i++)
    if (g_str_equal (libc, "musl") && platform->libc_major > 0)
      add_musllinux (tags, platform, machines[i]);
    else if (g_str_equal (libc, "glibc") && has_manylinux (platform, machines))
      add_all_manylinux (tags, platform, machines[i]);
}

/* --- Pythons and their ABIs --------------------------------------------- */

static char *
python_tag (const char *name, guint major, guint minor)
{
  return g_strdup_printf ("%s%u%u", name, major, minor);
}

/* Adds what only CPython takes: its own ABI, that of a build without debugging
 * for one with it, and the stable one of this and of older versions. */
static void
add_cpython (WheelTags *tags, const WheelPlatform *platform, guint minor)
{
  const char *flags = text_of (platform->abiflags);
  const char *stable = strchr (flags, 't') != NULL ? "abi3t" : "abi3";
  g_autofree char *version = python_tag ("cp", platform->major, minor);
  g_autofree char *abi = g_strconcat (version, flags, NULL);
  char *debug = strchr (abi + strlen (version), 'd');

  add_group (tags, g_strdup (version), abi, FALSE);
  if (debug != NULL && strchr (flags, 'm') == NULL && (platform->major > 3 || minor >= 8))
    {
      memmove (debug, debug + 1, strlen (debug));
      add_group (tags, g_strdup (version), abi, FALSE);
    }
  add_group (tags, g_strdup (version), stable, FALSE);
  add_group (tags, g_strdup (version), "none", FALSE);
  for (guint older = minor; older-- > 2;)
    add_group (tags, python_tag ("cp", platform->major, older), stable, FALSE);
}

/* The ABI that the names of extension modules tell: pypy39_pp73 of
 * ".pypy39-pp73-x86_64-linux-gnu.so".  NULL when they tell none. */
static char *
abi_of_suffix (const char *ext_suffix)
{
  g_auto (GStrv) fields = g_strsplit (ext_suffix, ".", -1);
  g_auto (GStrv) words = NULL;
  int n = 0;

  if (g_strv_length (fields) < 3 || fields[0][0] != '\0' || fields[1][0] == '\0')
    return NULL;
  if (g_str_has_prefix (fields[1], "pypy"))
    n = 2;
  else if (g_str_has_prefix (fields[1], "graalpy"))
    n = 3;
  words = g_strsplit (fields[1], "-", n > 0 ? n + 1 : -1);
  if (n > 0 && g_strv_length (words) > (guint) n)
    g_clear_pointer (&words[n], g_free);
  char *abi = g_strjoinv ("_", words);
  return g_strdelimit (abi, ". ", '_');
}

static void
add_other (WheelTags *tags, const WheelPlatform *platform, const char *name, guint minor)
{
  g_autofree char *abi = abi_of_suffix (text_of (platform->ext_suffix));

  if (abi != NULL)
    add_group (tags, python_tag (name, platform->major, minor), abi, FALSE);
  add_group (tags, python_tag (name, platform->major, minor), "none", FALSE);
}

/* Adds what any Python takes: of this version, of this major one, and of those
 * before. */
static void
add_any_python (WheelTags *tags, guint major, guint minor, gboolean any)
{
  add_group (tags, python_tag ("py", major, minor), "none", any);
  add_group (tags, g_strdup_printf ("py%u", major), "none", any);
  for (guint older = minor; older-- > 0;)
    add_group (tags, python_tag ("py", major, older), "none", any);
}

static const struct
{
  const char *implementation, *tag, *name;
} implementations[] = {
  { "cpython", "cp", "CPython" },
  { "pypy", "pp", "PyPy" },
  { "graalpy", "graalpy", "GraalPy" },
};

static char *
describe (const WheelPlatform *platform, const char *name, guint minor)
{
  g_autofree char *flags = g_strdup (text_of (platform->abiflags));
  GString *text = g_string_new (NULL);

  flags[strcspn (flags, "m")] = '\0';
  g_string_append_printf (text, "%s %u.%u%s on %s", name, platform->major, minor, flags,
                          platform->platform != NULL ? platform->platform : "another system");
  if (text_of (platform->libc)[0] != '\0')
    g_string_append_printf (text, " with %s %u.%u", platform->libc, platform->libc_major,
                            platform->libc_minor);
  return g_string_free (text, FALSE);
}

WheelTags *
wheel_tags_new (const WheelPlatform *platform)
{
  WheelTags *tags = g_new0 (WheelTags, 1);
  const char *tag = text_of (platform->implementation), *name = tag;
  guint minor = MIN (platform->minor, MOST_MINOR);

  for (guint i = 0; i < G_N_ELEMENTS (implementations); i++)
    if (g_str_equal (name, implementations[i].implementation))
      {
        tag = implementations[i].tag;
        name = implementations[i].name;
        break;
      }
  tags->platforms = g_ptr_array_new_with_free_func (g_free);
  tags->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  g_array_set_clear_func (tags->groups, group_clear);
  tags->description = describe (platform, name, minor);
  add_platforms (tags, platform);
  if (g_str_equal (tag, "cp"))
    add_cpython (tags, platform, minor);
  else
    add_other (tags, platform, tag, minor);
  add_any_python (tags, platform->major, minor, FALSE);
  add_group (tags, python_tag (tag, platform->major, minor), "none", TRUE);
  if (g_str_equal (tag, "pp"))
    add_group (tags, g_strdup_printf ("pp%u", platform->major), "none", TRUE);
  add_any_python (tags, platform->major, minor, TRUE);
  return tags;
}

void
wheel_tags_free (WheelTags *tags)
{
  g_ptr_array_unref (tags->platforms);
  g_array_unref (tags->groups);
  g_free (tags->description);
  g_free (tags);
}

char **
wheel_tags_list (const WheelTags *tags)
{
  GPtrArray *list = g_ptr_array_sized_new (tags->count + 1);

  for (guint i = 0; i < tags->groups->len; i++)
    {
      const Group *group = &g_array_index (tags->groups, Group, i);

      if (group->any)
        g_ptr_array_add (list, g_strdup_printf ("%s-%s-any", group->python, group->abi));
      for (guint j = 0; !group->any && j < tags->platforms->len; j++)
        g_ptr_array_add (list, g_strdup_printf ("%s-%s-%s", group->python, group->abi,
                                                (char *) tags->platforms->pdata[j]));
    }
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (list, FALSE);
}

/* --- Wheels ------------------------------------------------------------- */

/* Tells whether a set as py2.py3 has a word, whatever its case. */
static gboolean
has_word (const char *set, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = set; *at != '\0'; at += at[0] == '.')
    {
      gsize end = strcspn (at, ".");

      if (end == length && g_ascii_strncasecmp (at, word, length) == 0)
        return TRUE;
      at += end;
    }
  return FALSE;
}

/* The rank of the best tag of three sets; -1 when none fits. */
static int
best_rank (const WheelTags *tags, char *const *sets)
{
  for (guint i = 0; i < tags->groups->len; i++)
    {
      const Group *group = &g_array_index (tags->groups, Group, i);

      if (!has_word (sets[0], group->python) || !has_word (sets[1], group->abi))
        continue;
      if (group->any && has_word (sets[2], "any"))
        return (int) group->first;
      for (guint j = 0; !group->any && j < tags->platforms->len; j++)
        if (has_word (sets[2], tags->platforms->pdata[j]))
          return (int) (group->first + j);
    }
  return -1;
}

int
wheel_tags_rank_tag (const WheelTags *tags, const char *tag, GError **error)
{
  g_auto (GStrv) sets = g_strsplit (tag, "-", -1);
  int rank = g_strv_length (sets) == 3 ? best_rank (tags, sets) : -1;

  if (rank < 0)
    refuse (error, "its tag %s is not for %s", tag, tags->description);
  return rank;
}

/* The build number of a wheel, and where its tag begins, in its name. */
static gboolean
find_parts (const char *file_name, char **build, char **tag, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_auto (GStrv) parts = NULL;
  guint n;

  if (!metadata_split (file_name, &name, &version, error))
    return FALSE;
  parts = g_strsplit (file_name, "-", -1);
  n = g_strv_length (parts);
  if (n == 6 && !g_ascii_isdigit (parts[2][0]))
    return refuse (error, "its build number '%s' does not begin with a digit", parts[2]);
  *build = g_strdup (n == 6 ? parts[2] : "");
  *tag = g_strjoinv ("-", parts + n - 3);
  (*tag)[strlen (*tag) - strlen (".whl")] = '\0';
  return TRUE;
}

/* The rank of a wheel, and its build number, which is "" for what is none. */
static int
rank_name (const WheelTags *tags, const char *file_name, char **build, GError **error)
{
  g_autofree char *tag = NULL;

  if (find_parts (file_name, build, &tag, error))
    return wheel_tags_rank_tag (tags, tag, error);
  *build = g_strdup ("");
  return -1;
}

int
wheel_tags_rank (const WheelTags *tags, const char *file_name, GError **error)
{
  g_autofree char *build = NULL;

  return rank_name (tags, file_name, &build, error);
}

/* Compares build numbers, of any size, and what stands behind them; none is
 * the lowest. */
static int
compare_builds (const char *a, const char *b)
{
  gsize digits_a, digits_b;

  if (*a == '\0' || *b == '\0')
    return (*a != '\0') - (*b != '\0');
  a += strspn (a, "0");
  b += strspn (b, "0");
  digits_a = strspn (a, "0123456789");
  digits_b = strspn (b, "0123456789");
  return digits_a != digits_b ? (digits_a < digits_b ? -1 : 1) : strcmp (a, b);
}

int
wheel_tags_compare (const WheelTags *tags, const char *a, const char *b)
{
  g_autofree char *build_a = NULL;
  g_autofree char *build_b = NULL;
  int rank_a = rank_name (tags, a, &build_a, NULL);
  int rank_b = rank_name (tags, b, &build_b, NULL);

  g_assert (build_a != NULL && build_b != NULL);
  if (rank_a == rank_b)
    return -compare_builds (build_a, build_b);
  return rank_a >= 0 && (rank_b < 0 || rank_a < rank_b) ? -1 : 1;
}
