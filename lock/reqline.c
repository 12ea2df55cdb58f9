/* SPDX-License-Identifier: BSD-2-Clause */

/* One requirement: NAME[EXTRAS]==VERSION ; MARKER --hash=ALGORITHM:DIGEST, or
 * NAME @ URL.  Extras say what else is needed, and all that is needed has a line
 * of its own, so that they are read and no more. */

#include "lock/room.h"

#include <string.h>

#define BLANKS " \t"
#define SIGNS "<>=!~@[(;," /* of requirements, behind a name */

static const char *
skip_blanks (const char *at)
{
  return at + strspn (at, BLANKS);
}

/* Where the options of a requirement begin: at the first word with a '-'. */
static const char *
find_options (const char *line)
{
  for (const char *at = line; *at != '\0'; at++)
    if (*at == '-' && at > line && strchr (BLANKS, at[-1]) != NULL)
      return at;
  return line + strlen (line);
}

/* --- Hashes ------------------------------------------------------------- */

static gboolean
add_hash (const Place *place, LockPackage *package, const char *text, GError **error)
{
  const char *colon = strchr (text, ':');
  g_autofree char *algorithm = colon != NULL ? g_strndup (text, colon - text) : NULL;

  if (colon == NULL || colon == text || colon[1] == '\0')
    return refusal_set (error, place, "--hash", LOCK_ANEW, "'%s' is not ALGORITHM:DIGEST", text);
  lock_hashes_add (package->hashes, algorithm, colon + 1);
  return TRUE;
}

/* Reads the options of a requirement, of which hashes count; those that are for what
 * is built do not. */
static gboolean
read_options (const Place *place, LockPackage *package, const char *text, GError **error)
{
  g_auto (GStrv) words = NULL;

  text = skip_blanks (text);
  if (*text == '\0')
    return TRUE;
  if (!g_shell_parse_argv (text, NULL, &words, NULL))
    return refusal_set (error, place, NULL, LOCK_ANEW, "a quote in its options is not closed");
  for (guint i = 0; words[i] != NULL; i++)
    {
      const char *value = strchr (words[i], '=');
      g_autofree char *name = g_strndup (words[i], strcspn (words[i], "="));

      if (!g_str_equal (name, "--hash"))
        return refusal_set (error, place, NULL, "take it out", "the option '%s' is not known here",
                            name);
      value = value != NULL ? value + 1 : words[++i];
      if (!add_hash (place, package, value != NULL ? value : "", error))
        return FALSE;
    }
  return TRUE;
}

/* --- Names, versions, URLs ---------------------------------------------- */

/* How much of a line may be told: of one that is no requirement, its first word.  What was
 * named by mistake, or by somebody else, may hold what is secret. */
static gsize
length_to_tell (const char *text)
{
  gsize word = strcspn (text, BLANKS);
  const char *rest = text + word + strspn (text + word, BLANKS);

  return strcspn (text, SIGNS) < word || *rest == '\0' || strchr (SIGNS, *rest) != NULL
             ? strlen (text)
             : word;
}

static gboolean
fail_unpinned (const Place *place, const char *text, GError **error)
{
  const Place at = { place->file, place->line, NULL, NULL };

  return refusal_set (error, &at, NULL, REQLINE_PIN,
                      "'%.*s' is not pinned to NAME==VERSION or NAME @ URL",
                      (int) length_to_tell (text), text);
}

/* Reads a name, and extras in brackets; NULL when there is none. */
static const char *
read_name (const char *text, LockPackage *package)
{
  gsize length = 0;
  g_autofree char *name = NULL;

  while (g_ascii_isalnum (text[length]) || (text[length] != '\0' && strchr ("-_.", text[length])))
    length++;
  name = g_strndup (text, length);
  if (!name_is_valid (name))
    return NULL;
  package->name = name_normalise (name);
  text = skip_blanks (text + length);
  if (*text != '[')
    return text;
  length = strcspn (text, "]");
  g_autofree char *list = g_strndup (text + 1, length - 1);
  g_auto (GStrv) extras = g_strsplit (list, ",", -1);
  for (guint i = 0; extras[i] != NULL; i++)
    if (!name_is_valid (g_strstrip (extras[i])) && (extras[i][0] != '\0' || extras[1] != NULL))
      return NULL;
  return text[length] == ']' ? skip_blanks (text + length + 1) : NULL;
}

/* The hash that an URL has behind its '#'. */
static void
add_fragment (LockPackage *package, const char *fragment)
{
  g_auto (GStrv) parts = g_strsplit (fragment, "&", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *value = strchr (parts[i], '=');

      if (value == NULL)
        continue;
      *value++ = '\0';
      if (g_str_equal (parts[i], "subdirectory"))
        {
          g_free (package->subdirectory);
          package->subdirectory = g_strdup (value);
        }
      else if (digest_is_known (parts[i]))
        lock_hashes_add (package->hashes, parts[i], value);
    }
}

/* Reads the URL of a repository, TYPE+URL@COMMIT. */
static gboolean
read_vcs (const Place *place, LockPackage *package, const char *url, GError **error)
{
  static const char *const known[] = { "git", "hg", "bzr", "svn", NULL };
  const char *where = strchr (url, '+') + 1;
  const char *commit = strrchr (url, '@');
  const char *host = strstr (where, "://");
  const char *path = host != NULL ? strchr (host + strlen ("://"), '/') : NULL;

  package->source = LOCK_VCS;
  package->vcs = g_strndup (url, where - 1 - url);
  if (!g_strv_contains (known, package->vcs))
    return refusal_set (error, place, NULL, LOCK_ANEW, "'%s' is none of git, hg, bzr, svn",
                        package->vcs);
  if (path == NULL || commit == NULL || commit < path || commit[1] == '\0')
    return refusal_set (error, place, NULL, LOCK_ANEW, "its URL does not end in @ and a commit");
  package->where = g_strndup (where, commit - where);
  package->commit = g_strdup (commit + 1);
  return TRUE;
}

/* Reads the URL of an archive, which may be a wheel, or of a repository. */
static gboolean
read_url (const Place *place, LockPackage *package, const char *url, GError **error)
{
  gsize length = strcspn (url, "#");
  g_autofree char *plain = g_strndup (url, length);

  if (strstr (url, "${") != NULL)
    return refusal_set (error, place, NULL, "write what it stands for",
                        "its URL has a variable of the environment in it");
  if (strstr (plain, "://") == NULL && !g_str_has_prefix (plain, "file:"))
    return fail_unpinned (place, url, error);
  add_fragment (package, url[length] == '#' ? url + length + 1 : "");
  if (strchr (plain, '+') != NULL && strchr (plain, '+') < strstr (plain, ":"))
    return read_vcs (place, package, plain, error);
  package->source = LOCK_ARCHIVE;
  package->archive = lock_file_new ("archive", package->line);
  package->archive->name = filename_of_url (plain);
  package->archive->path = g_filename_from_uri (plain, NULL, NULL);
  package->archive->url = g_steal_pointer (&plain);
  return (package->archive->name != NULL && filename_is_plain (package->archive->name))
         || refusal_set (error, place, NULL, LOCK_ANEW,
                         "its URL does not end in the name of a file");
}

/* Reads the one version that is wanted. */
static gboolean
read_version (const Place *place, LockPackage *package, const char *line, const char *text,
              GError **error)
{
  gsize length = strlen (text);
  g_autofree char *bare = text[0] == '(' && text[length - 1] == ')'
                              ? g_strndup (text + 1, length - 2)
                              : g_strdup (text);
  g_autoptr (ReleaseSpec) spec = release_spec_parse (bare);
  ReleaseOperator op = spec != NULL ? release_spec_operator (spec) : RELEASE_SERIES;

  if (op != RELEASE_EQUAL && op != RELEASE_IDENTICAL)
    return fail_unpinned (place, line, error);
  package->source = LOCK_PINNED;
  package->version = g_strdup (release_spec_version (spec));
  return release_same (package->version, package->version)
         || refusal_set (error, place, NULL, REQLINE_PIN, "'%s' is not a version",
                         package->version);
}

/* Where a marker begins: behind a ';', which an URL may have in it where no blank
 * stands before. */
static char *
find_marker (char *text, gboolean is_url)
{
  for (char *at = text; *at != '\0'; at++)
    if (*at == ';' && (!is_url || (at > text && strchr (BLANKS, at[-1]) != NULL)))
      return at;
  return NULL;
}

static gboolean
read_marker (const Place *place, LockPackage *package, const char *text, GError **error)
{
  GError *reason = NULL;

  package->marker = g_strstrip (g_strdup (text));
  return marker_check (package->marker, FALSE, &reason)
         || refusal_because (error, place, NULL, LOCK_ANEW, reason);
}

static gboolean
read_requirement (Place *place, LockPackage *package, char *text, const char *line, GError **error)
{
  const char *rest = read_name (text, package);
  char *marker;

  if (rest == NULL)
    return fail_unpinned (place, line, error);
  place->package = package->name;
  marker = find_marker ((char *) rest, *rest == '@');
  if (marker != NULL)
    {
      *marker = '\0';
      if (!read_marker (place, package, marker + 1, error))
        return FALSE;
    }
  g_strchomp ((char *) rest);
  if (*rest == '@')
    return read_url (place, package, skip_blanks (rest + 1), error);
  return read_version (place, package, line, rest, error);
}

/* Reads a requirement, which has to be pinned with a hash that is good enough.
 * NULL with error set to a refusal. */
LockPackage *
reqline_parse (const Place *place, const char *line, GError **error)
{
  g_autoptr (LockPackage) package = lock_package_new (place->line);
  const char *options = find_options (line);
  g_autofree char *text = g_strchomp (g_strndup (line, options - line));
  g_autofree char *whole = g_strdup (text);
  Place at = *place;

  if (!read_requirement (&at, package, text, whole, error)
      || !read_options (&at, package, options, error))
    return NULL;
  if (package->source != LOCK_VCS && package->hashes->len == 0)
    {
      refusal_set (error, &at, NULL, "have it locked with hashes", "it has no --hash");
      return NULL;
    }
  return g_steal_pointer (&package);
}
