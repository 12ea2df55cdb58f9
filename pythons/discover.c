/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Where interpreters are: on PATH, and where installers of Pythons put them.
 * Nothing is run to find them, but to learn what they are; what is known of
 * one already is in the cache.
 */

#include "pythons/pythons.h"
#include "pythons/instead.h"

#include "base/home.h"
#include "base/programs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISCOVERY_SECONDS 5

/* How a place is laid out. */
typedef enum
{
  PLACE_BIN,      /* interpreters are in it */
  PLACE_INSTALLS, /* installations are in it, with interpreters in their bin */
} PlaceKind;

static const struct
{
  const char *source;
  PlaceKind kind;
  const char *variable; /* which replaces root, or NULL */
  const char *root;     /* "~/" is the home directory; NULL: only the variable */
  const char *below;    /* the root */
} places[] = {
  { "pyenv", PLACE_INSTALLS, "PYENV_ROOT", "~/.pyenv", "versions" },
  { "asdf", PLACE_INSTALLS, "ASDF_DATA_DIR", "~/.asdf", "installs/python" },
  { "mise", PLACE_INSTALLS, "MISE_DATA_DIR", "~/.local/share/mise", "installs/python" },
  { "uv", PLACE_INSTALLS, "UV_PYTHON_INSTALL_DIR", "~/.local/share/uv/python", "" },
  { "conda", PLACE_BIN, "CONDA_PREFIX", NULL, "bin" },
  { "conda", PLACE_BIN, NULL, "~/miniconda3", "bin" },
  { "conda", PLACE_INSTALLS, NULL, "~/miniconda3", "envs" },
  { "conda", PLACE_BIN, NULL, "~/miniforge3", "bin" },
  { "conda", PLACE_INSTALLS, NULL, "~/miniforge3", "envs" },
  { "conda", PLACE_BIN, NULL, "~/anaconda3", "bin" },
  { "conda", PLACE_INSTALLS, NULL, "~/anaconda3", "envs" },
  { "conda", PLACE_INSTALLS, NULL, "~/.conda", "envs" },
  { "conda", PLACE_BIN, NULL, "/opt/conda", "bin" },
  { "conda", PLACE_INSTALLS, NULL, "/opt/conda", "envs" },
  { "homebrew", PLACE_BIN, "HOMEBREW_PREFIX", NULL, "bin" },
  { "homebrew", PLACE_BIN, NULL, "/opt/homebrew", "bin" },
  { "homebrew", PLACE_BIN, NULL, "/home/linuxbrew/.linuxbrew", "bin" },
  { "system", PLACE_BIN, NULL, "/usr/local", "bin" },
  { "system", PLACE_BIN, NULL, "/usr", "bin" },
  { "system", PLACE_INSTALLS, NULL, "/opt", "" },
};

/* A search in progress. */
typedef struct
{
  Pythons *pythons;
  GPtrArray *found; /* Candidate, in the order of the search */
  GHashTable *seen; /* "DEVICE:INODE" of each file and directory */
} Search;

typedef struct
{
  char *path;
  const char *source;
  Version named; /* what its name says of its version, if anything */
} Candidate;

static void
candidate_free (Candidate *candidate)
{
  g_free (candidate->path);
  g_free (candidate);
}

/* Tells whether a file's name is that of an interpreter, such as python,
 * pypy3 or python3.13t, and reads the version in it. */
static gboolean
is_interpreter_name (const char *name, Version *version)
{
  static const char *const words[] = { "python", "pypy", "graalpy" };

  memset (version, 0, sizeof *version);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (name, words[i]))
      {
        const char *rest = name + strlen (words[i]);

        if (g_ascii_isdigit (*rest) && !version_read (&rest, version))
          return FALSE;
        return rest[strspn (rest, "td")] == '\0';
      }
  return FALSE;
}

static void
skip (const Search *search, const char *path, const char *why)
{
  errors_tell (&search->pythons->listener, VENVB_SOURCE_MAIN, "skipped '%s': %s", path, why);
}

/* Tells whether a file or directory is met for the first time, and notes it. */
static gboolean
is_new (Search *search, const struct stat *st)
{
  return g_hash_table_add (search->seen,
                           g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                            (guint64) st->st_dev, (guint64) st->st_ino));
}

/* Adds a file unless it can't be an interpreter, or was found before under
 * another name. */
static void
add_candidate (Search *search, const char *path, const char *source, const Version *named)
{
  struct stat st;
  Candidate *candidate;

  if (stat (path, &st) < 0)
    {
      skip (search, path, "it is a broken link");
      return;
    }
  if (!S_ISREG (st.st_mode) || access (path, X_OK) < 0 || !is_new (search, &st))
    return;
  if (shims_is_one (path))
    {
      g_autofree char *real = shims_resolve (path);

      if (real != NULL)
        add_candidate (search, real, source, named);
      else
        skip (search, path, "it is a script that hands over to some interpreter");
      return;
    }
  candidate = g_new0 (Candidate, 1);
  *candidate = (Candidate){ g_strdup (path), source, *named };
  g_ptr_array_add (search->found, candidate);
}

/* The higher version first, those that name none last, the shorter name first. */
static gint
compare_names (gconstpointer a, gconstpointer b)
{
  const char *names[] = { *(char *const *) a, *(char *const *) b };
  Version versions[2];
  int order;

  for (guint i = 0; i < 2; i++)
    if (!is_interpreter_name (names[i], &versions[i]))
      memset (&versions[i], 0, sizeof versions[i]);
  order = version_compare (&versions[1], &versions[0]);
  if (order == 0)
    order = (int) versions[1].n_release - (int) versions[0].n_release;
  return order != 0 ? order : strcmp (names[0], names[1]);
}

/* Adds the interpreters in a directory, once: it may be on PATH and a place. */
static void
search_bin (Search *search, const char *path, const char *source)
{
  struct stat st;
  gboolean is_wanted = stat (path, &st) == 0 && is_new (search, &st);
  g_autoptr (GDir) dir = is_wanted ? g_dir_open (path, 0, NULL) : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;
  Version version;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (is_interpreter_name (name, &version))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);

      is_interpreter_name (g_ptr_array_index (names, i), &version);
      add_candidate (search, file, source, &version);
    }
}

/* Adds the interpreters of all installations in a directory. */
static void
search_installs (Search *search, const char *path, const char *source)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *bin = g_build_filename (path, name, "bin", NULL);

      search_bin (search, bin, source);
    }
}

/* The root of a place, to be freed with g_free(); NULL when there is none, also for
 * what is in a home that is another user's: nobody has named what is in it. */
static char *
place_root (guint i)
{
  const char *set = places[i].variable == NULL ? NULL : venvb_getenv (places[i].variable);
  const char *root = places[i].root;

  if (set != NULL && g_path_is_absolute (set))
    return home_disowns (set) ? NULL : g_strdup (set);
  if (root == NULL || !g_str_has_prefix (root, "~/"))
    return g_strdup (root);
  return home_path (root + strlen ("~/"));
}

static void
search_places (Search *search)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *root = place_root (i);
      g_autofree char *path = root == NULL ? NULL : g_build_filename (root, places[i].below, NULL);

      if (path == NULL)
        continue;
      if (places[i].kind == PLACE_BIN)
        search_bin (search, path, places[i].source);
      else
        search_installs (search, path, places[i].source);
    }
}

/* Of what is on PATH that counts which is not in a home of another user's, as su has it
 * there: a command that is named may be in it, but not all that there is be run. */
static void
search_path (Search *search)
{
  g_auto (GStrv) dirs = programs_dirs ();

  for (guint i = 0; dirs[i] != NULL; i++)
    if (home_disowns (dirs[i]))
      skip (search, dirs[i], "it is in another user's HOME");
    else
      search_bin (search, dirs[i], "PATH");
}

static void
search_begin (Search *search, Pythons *pythons)
{
  search->pythons = pythons;
  search->found = g_ptr_array_new_with_free_func ((GDestroyNotify) candidate_free);
  search->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
search_end (Search *search)
{
  g_ptr_array_unref (search->found);
  g_hash_table_unref (search->seen);
}

/* What is known of a candidate; NULL for one that does not work, with a
 * message. */
static GHashTable *
ask (const Search *search, const Candidate *candidate)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) facts =
      pythons_get (search->pythons, candidate->path, DISCOVERY_SECONDS, &error);

  if (facts != NULL && facts_check (facts, candidate->path, &error))
    return g_steal_pointer (&facts);
  skip (search, candidate->path, error->message);
  return NULL;
}

/* The version that facts tell. */
static Version
version_of (GHashTable *facts)
{
  const char *text = g_hash_table_lookup (facts, "full_version");
  Version version;

  if (text == NULL || !version_read (&text, &version))
    memset (&version, 0, sizeof version);
  return version;
}

/* Looks at the candidates from the first-th on.  On PATH the first that fits is
 * taken, elsewhere the newest.  Returns NULL when none fits. */
static const Candidate *
choose (const Search *search, guint first, const Request *request, gboolean with_pre_releases)
{
  const Candidate *best = NULL;
  Version highest = { 0 };

  for (guint i = first; i < search->found->len; i++)
    {
      const Candidate *candidate = g_ptr_array_index (search->found, i);
      g_autoptr (GHashTable) facts = NULL;

      if (request_rules_out (request, &candidate->named)
          || (facts = ask (search, candidate)) == NULL)
        continue;
      if (!request_matches (request, facts, with_pre_releases))
        continue;
      Version version = version_of (facts);
      if (best == NULL || version_compare (&version, &highest) > 0)
        {
          best = candidate;
          highest = version;
        }
      if (g_str_equal (candidate->source, "PATH"))
        return best;
    }
  return best;
}

/* Looks on PATH, which is what was found first, then elsewhere. */
static const Candidate *
choose_anywhere (const Search *search, guint on_path, const Request *request)
{
  const Candidate *chosen = choose (search, 0, request, FALSE);

  return chosen != NULL ? chosen : choose (search, on_path, request, FALSE);
}

/* Of those that fit, CPython comes before others unless one is named, and a
 * pre-release last. */
static const Candidate *
choose_best (Search *search, const Request *request)
{
  Request usual = *request;
  const Candidate *chosen;
  guint on_path;

  if (usual.implementation == NULL)
    usual.implementation = "cpython";
  search_path (search);
  on_path = search->found->len;
  chosen = choose (search, 0, &usual, FALSE);
  if (chosen != NULL)
    return chosen;
  search_places (search);
  chosen = choose_anywhere (search, on_path, &usual);
  if (chosen == NULL)
    chosen = choose_anywhere (search, on_path, request);
  return chosen != NULL ? chosen : choose (search, 0, request, TRUE);
}

struct _VenvbPythonInfo
{
  char *path;
  const char *source;
  GHashTable *facts;
};

void
venvb_python_info_free (VenvbPythonInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->path);
  g_hash_table_unref (info->facts);
  g_free (info);
}

const char *
venvb_python_info_get_path (const VenvbPythonInfo *info)
{
  return info->path;
}

const char *
venvb_python_info_get_source (const VenvbPythonInfo *info)
{
  return info->source;
}

const char *
venvb_python_info_get_fact (const VenvbPythonInfo *info, const char *key)
{
  return g_hash_table_lookup (info->facts, key);
}

/* By implementation, then the newest first, then by path. */
static gint
compare_infos (gconstpointer a, gconstpointer b)
{
  const VenvbPythonInfo *one = *(VenvbPythonInfo *const *) a;
  const VenvbPythonInfo *other = *(VenvbPythonInfo *const *) b;
  Version versions[] = { version_of (one->facts), version_of (other->facts) };
  int order = g_strcmp0 (venvb_python_info_get_fact (one, "implementation"),
                         venvb_python_info_get_fact (other, "implementation"));

  if (order == 0)
    order = version_compare (&versions[1], &versions[0]);
  return order != 0 ? order : strcmp (one->path, other->path);
}

/* Tells whether an interpreter is there already: an environment's is its
 * base's. */
static gboolean
is_listed (const GPtrArray *infos, GHashTable *facts)
{
  for (guint i = 0; i < infos->len; i++)
    if (g_strcmp0 (venvb_python_info_get_fact (g_ptr_array_index (infos, i), "real_executable"),
                   g_hash_table_lookup (facts, "real_executable"))
        == 0)
      return TRUE;
  return FALSE;
}

static void
add_info (GPtrArray *infos, const Search *search, const Candidate *candidate)
{
  g_autoptr (GHashTable) facts = ask (search, candidate);
  const char *executable;
  VenvbPythonInfo *info;

  if (facts == NULL || is_listed (infos, facts))
    return;
  executable = g_hash_table_lookup (facts, "executable");
  info = g_new0 (VenvbPythonInfo, 1);
  info->path = g_strdup (executable != NULL ? executable : candidate->path);
  info->source = candidate->source;
  info->facts = g_steal_pointer (&facts);
  g_ptr_array_add (infos, info);
}

/* All that work, as VenvbPythonInfo. */
static GPtrArray *
list (Pythons *pythons)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) venvb_python_info_free);
  Search search;

  search_begin (&search, pythons);
  search_path (&search);
  search_places (&search);
  for (guint i = 0; i < search.found->len; i++)
    add_info (infos, &search, g_ptr_array_index (search.found, i));
  search_end (&search);
  g_ptr_array_sort (infos, compare_infos);
  return infos;
}

GPtrArray *
venvb_builder_list_pythons (VenvbBuilder *builder)
{
  return list (pythons_of (builder));
}

/* What there is instead of what was asked for: free with g_free(). */
static char *
describe_all (Pythons *pythons)
{
  g_autoptr (GPtrArray) infos = list (pythons);
  g_autoptr (GPtrArray) pairs = g_ptr_array_new ();

  for (guint i = 0; i < infos->len; i++)
    {
      const VenvbPythonInfo *info = g_ptr_array_index (infos, i);
      const char *implementation = venvb_python_info_get_fact (info, "implementation");
      const char *version = venvb_python_info_get_fact (info, "full_version");

      if (implementation == NULL || version == NULL)
        continue;
      g_ptr_array_add (pairs, (gpointer) implementation);
      g_ptr_array_add (pairs, (gpointer) version);
    }
  g_ptr_array_add (pairs, NULL);
  return instead_list ((const char *const *) pairs->pdata);
}

/* Finds an interpreter of the kind that is asked for.  Returns its path, or
 * NULL with error set. */
char *
discover_find (Pythons *pythons, const Request *request, GError **error)
{
  Search search;
  const Candidate *chosen;
  char *path;

  search_begin (&search, pythons);
  chosen = choose_best (&search, request);
  path = chosen == NULL ? NULL : g_strdup (chosen->path);
  search_end (&search);
  if (path != NULL)
    return path;
  g_autofree char *all = describe_all (pythons);
  g_autofree char *way = instead_way (request->text);
  g_autofree char *advice = home_advice ();
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "no Python '%s' on PATH, nor where pyenv, uv, conda and others install them; "
               "there is: %s; %s%s%s",
               request->text, all, way, advice != NULL ? "; " : "", advice != NULL ? advice : "");
  return NULL;
}
