/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions of distributions: the "version specifiers" specification (PEP 440).
 * Their numbers may have any length (a date, a commit), so they are compared as
 * digits.  base/version.c is for those of interpreters, which are simpler. */

#include "lock/room.h"

#include <string.h>

#define DIGITS "0123456789"
#define BLANKS " \t\n\v\f\r"

/* A piece of the text.  A number has no leading zeros, so 0 is empty. */
typedef struct
{
  const char *at;
  gsize length;
  gboolean is_number;
} Piece;

struct _Release
{
  char *text;      /* in lower case: the pieces lie in it */
  GArray *numbers; /* Piece */
  GArray *local;   /* Piece; empty for none */
  Piece epoch, pre_number, post_number, dev_number;
  char pre; /* a, b, r, or 0 for none */
  gboolean has_post, has_dev;
};

/* --- Reading ------------------------------------------------------------ */

static Piece
number_of (const char *at, gsize length)
{
  while (length > 0 && *at == '0')
    {
      at++;
      length--;
    }
  return (Piece){ at, length, TRUE };
}

/* Reads digits, of which there may be none. */
static Piece
read_number (const char **at)
{
  gsize length = strspn (*at, DIGITS);
  Piece piece = number_of (*at, length);

  *at += length;
  return piece;
}

static void
skip_separator (const char **at)
{
  *at += **at == '-' || **at == '_' || **at == '.';
}

/* Reads one of some words, with a separator in front and behind, and a number; returns which, or
 * -1 and reads nothing. */
static int
read_word (const char **at, const char *const *words, Piece *number)
{
  const char *from = *at;

  skip_separator (&from);
  for (int i = 0; words[i] != NULL; i++)
    if (g_str_has_prefix (from, words[i]))
      {
        from += strlen (words[i]);
        skip_separator (&from);
        *number = read_number (&from);
        *at = from;
        return i;
      }
  return -1;
}

static gboolean
read_release (const char **at, Release *version)
{
  gsize epoch = strspn (*at, DIGITS);

  if (epoch > 0 && (*at)[epoch] == '!')
    {
      version->epoch = number_of (*at, epoch);
      *at += epoch + 1;
    }
  do
    {
      *at += version->numbers->len > 0;
      if (!g_ascii_isdigit (**at))
        return FALSE;
      Piece piece = read_number (at);
      g_array_append_val (version->numbers, piece);
    }
  while ((*at)[0] == '.' && g_ascii_isdigit ((*at)[1]));
  return TRUE;
}

/* Reads what stands behind the release: pre-, post- and development release. */
static void
read_suffixes (const char **at, Release *version)
{
  static const char *const pre[] = { "alpha", "a", "beta", "b", "preview", "pre", "c", "rc", NULL };
  static const char *const post[] = { "post", "rev", "r", NULL }, *const dev[] = { "dev", NULL };
  int which = read_word (at, pre, &version->pre_number);

  if (which >= 0)
    version->pre = "aabbrrrr"[which];
  if ((*at)[0] == '-' && g_ascii_isdigit ((*at)[1]))
    {
      (*at)++;
      version->post_number = read_number (at);
      version->has_post = TRUE;
    }
  else
    version->has_post = read_word (at, post, &version->post_number) >= 0;
  version->has_dev = read_word (at, dev, &version->dev_number) >= 0;
}

/* Reads "+ubuntu.1", if it is there. */
static gboolean
read_local (const char **at, Release *version)
{
  if (**at != '+')
    return TRUE;
  do
    {
      const char *from = ++*at;
      gsize length = 0;

      while (g_ascii_isalnum (from[length]))
        length++;
      if (length == 0)
        return FALSE;
      Piece piece = { from, length, FALSE };
      if (strspn (from, DIGITS) >= length)
        piece = number_of (from, length);
      g_array_append_val (version->local, piece);
      *at = from + length;
    }
  while (**at != '\0' && strchr ("-_.", **at) != NULL);
  return TRUE;
}

static Release *
version_new (const char *text, gsize length)
{
  Release *version = g_new0 (Release, 1);

  version->text = g_ascii_strdown (text, (gssize) length);
  version->numbers = g_array_new (FALSE, FALSE, sizeof (Piece));
  version->local = g_array_new (FALSE, FALSE, sizeof (Piece));
  return version;
}

/* Reads a version, around which there may be blanks; NULL when text is none. */
Release *
release_parse (const char *text)
{
  gsize length;

  text += strspn (text, BLANKS);
  length = strlen (text);
  while (length > 0 && strchr (BLANKS, text[length - 1]) != NULL)
    length--;
  g_autoptr (Release) version = version_new (text, length);
  const char *at = version->text;
  at += *at == 'v';
  if (!read_release (&at, version))
    return NULL;
  read_suffixes (&at, version);
  if (!read_local (&at, version) || *at != '\0')
    return NULL;
  return g_steal_pointer (&version);
}

void
release_free (Release *version)
{
  g_free (version->text);
  g_array_unref (version->numbers);
  g_array_unref (version->local);
  g_free (version);
}

/* --- Comparing ---------------------------------------------------------- */

static int
compare_numbers (const Piece *a, const Piece *b)
{
  if (a->length != b->length)
    return a->length < b->length ? -1 : 1;
  return a->length == 0 ? 0 : memcmp (a->at, b->at, a->length);
}

/* Compares n numbers of releases; those that are missing are 0. */
static int
compare_releases (const GArray *a, const GArray *b, guint n)
{
  static const Piece zero = { "", 0, TRUE };

  for (guint i = 0; i < n; i++)
    {
      int order = compare_numbers (i < a->len ? &g_array_index (a, Piece, i) : &zero,
                                   i < b->len ? &g_array_index (b, Piece, i) : &zero);

      if (order != 0)
        return order;
    }
  return 0;
}

static int
compare_bases (const Release *a, const Release *b)
{
  int order = compare_numbers (&a->epoch, &b->epoch);

  return order != 0
             ? order
             : compare_releases (a->numbers, b->numbers, MAX (a->numbers->len, b->numbers->len));
}

/* Where a version stands among those of its release: development, then
 * pre-releases, then itself and what follows. */
static int
phase_of (const Release *version)
{
  if (version->pre != 0)
    return version->pre == 'a' ? 1 : version->pre == 'b' ? 2 : 3;
  return version->has_dev && !version->has_post ? 0 : 4;
}

static int
compare_optional (gboolean has_a, const Piece *a, gboolean has_b, const Piece *b)
{
  if (has_a && has_b)
    return compare_numbers (a, b);
  return has_a - has_b;
}

static int
compare_locals (const GArray *a, const GArray *b)
{
  for (guint i = 0; i < a->len && i < b->len; i++)
    {
      const Piece *p = &g_array_index (a, Piece, i), *q = &g_array_index (b, Piece, i);
      int order;

      if (p->is_number != q->is_number)
        return p->is_number ? 1 : -1;
      order =
          p->is_number ? compare_numbers (p, q) : memcmp (p->at, q->at, MIN (p->length, q->length));
      if (order == 0 && p->length != q->length)
        order = p->length < q->length ? -1 : 1;
      if (order != 0)
        return order;
    }
  return (a->len > b->len) - (a->len < b->len);
}

/* The order without local parts.  What has no development release comes after
 * those. */
static int
compare_public (const Release *a, const Release *b)
{
  int order = compare_bases (a, b);

  if (order == 0)
    order = phase_of (a) - phase_of (b);
  if (order == 0)
    order = compare_numbers (&a->pre_number, &b->pre_number);
  if (order == 0)
    order = compare_optional (a->has_post, &a->post_number, b->has_post, &b->post_number);
  if (order == 0 && a->has_dev && b->has_dev)
    return compare_numbers (&a->dev_number, &b->dev_number);
  return order != 0 ? order : b->has_dev - a->has_dev;
}

/* Less than, equal to or greater than 0, as a is to b. */
int
release_compare (const Release *a, const Release *b)
{
  int order = compare_public (a, b);

  return order != 0 ? order : compare_locals (a->local, b->local);
}

/* Tells whether two texts are the same version. */
gboolean
release_same (const char *a, const char *b)
{
  g_autoptr (Release) one = release_parse (a);
  g_autoptr (Release) other = release_parse (b);

  return one != NULL && other != NULL && release_compare (one, other) == 0;
}

/* --- Specifiers --------------------------------------------------------- */

struct _ReleaseSpec
{
  ReleaseOperator op;
  char *text;         /* behind the operator */
  Release *version;   /* NULL: compared as a text */
  gboolean is_series; /* ==1.2.* */
};

static gboolean
read_operator (const char **text, ReleaseOperator *op)
{
  static const struct
  {
    const char *text;
    ReleaseOperator op;
  } operators[] = {
    { "===", RELEASE_IDENTICAL }, { "==", RELEASE_EQUAL },    { "!=", RELEASE_UNEQUAL },
    { "<=", RELEASE_AT_MOST },    { ">=", RELEASE_AT_LEAST }, { "~=", RELEASE_COMPATIBLE },
    { "<", RELEASE_LESS },        { ">", RELEASE_GREATER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (operators); i++)
    if (g_str_has_prefix (*text, operators[i].text))
      {
        *op = operators[i].op;
        *text += strlen (operators[i].text);
        return TRUE;
      }
  return FALSE;
}

/* Tells whether the version of a specifier is of the kind that its operator
 * takes. */
static gboolean
is_fit (const ReleaseSpec *spec)
{
  const Release *version = spec->version;
  gboolean is_equality = spec->op == RELEASE_EQUAL || spec->op == RELEASE_UNEQUAL;

  if (version == NULL)
    return FALSE;
  if (spec->is_series)
    return is_equality && version->pre == 0 && !version->has_post && !version->has_dev
           && version->local->len == 0;
  if (spec->op == RELEASE_COMPATIBLE && version->numbers->len < 2)
    return FALSE;
  return is_equality || version->local->len == 0;
}

/* Reads one specifier: an operator and a version.  NULL when text is none. */
ReleaseSpec *
release_spec_parse (const char *text)
{
  g_autoptr (ReleaseSpec) spec = g_new0 (ReleaseSpec, 1);

  text += strspn (text, BLANKS);
  if (!read_operator (&text, &spec->op))
    return NULL;
  spec->text = g_strstrip (g_strdup (text));
  if (spec->op == RELEASE_IDENTICAL)
    return spec->text[0] == '\0' || strpbrk (spec->text, BLANKS ";)") != NULL
               ? NULL
               : g_steal_pointer (&spec);
  spec->is_series = g_str_has_suffix (spec->text, ".*");
  g_autofree char *version =
      g_strndup (spec->text, strlen (spec->text) - (spec->is_series ? strlen (".*") : 0));
  if (g_ascii_isspace (version[strlen (version) > 0 ? strlen (version) - 1 : 0]))
    return NULL;
  spec->version = release_parse (version);
  return is_fit (spec) ? g_steal_pointer (&spec) : NULL;
}

void
release_spec_free (ReleaseSpec *spec)
{
  g_clear_pointer (&spec->version, release_free);
  g_free (spec->text);
  g_free (spec);
}

ReleaseOperator
release_spec_operator (const ReleaseSpec *spec)
{
  return spec->is_series ? RELEASE_SERIES : spec->op;
}

const char *
release_spec_version (const ReleaseSpec *spec)
{
  return spec->text;
}

static gboolean
is_of_series (const Release *version, const Release *series, guint n)
{
  return compare_numbers (&version->epoch, &series->epoch) == 0
         && compare_releases (version->numbers, series->numbers, n) == 0;
}

static gboolean
is_equal (const ReleaseSpec *spec, const Release *version)
{
  if (spec->is_series)
    return is_of_series (version, spec->version, spec->version->numbers->len);
  if (spec->version->local->len == 0)
    return compare_public (version, spec->version) == 0;
  return release_compare (version, spec->version) == 0;
}

/* A version that is not a pre-release excludes its own ones: less than 1.0 means
 * less than the first that could be called 1.0.dev0. */
static gboolean
is_less (const Release *version, const Release *limit)
{
  Release first = *limit;

  if (limit->pre == 0 && !limit->has_dev)
    {
      first.has_dev = TRUE;
      first.dev_number = number_of ("", 0);
    }
  return release_compare (version, &first) < 0;
}

/* Neither a version's own post-releases nor its local versions are greater. */
static gboolean
is_greater (const Release *version, const Release *limit)
{
  if (compare_public (version, limit) <= 0)
    return FALSE;
  if (limit->has_post || limit->has_dev || compare_bases (version, limit) != 0)
    return TRUE;
  return version->pre != limit->pre
         || compare_numbers (&version->pre_number, &limit->pre_number) != 0;
}

/* Tells whether a version is one of those that are meant.  Pre-releases count.
 * A text that is no version can only be identical. */
gboolean
release_spec_has (const ReleaseSpec *spec, const char *text)
{
  g_autoptr (Release) version = NULL;

  if (spec->op == RELEASE_IDENTICAL)
    return g_ascii_strcasecmp (spec->text, text) == 0;
  if ((version = release_parse (text)) == NULL)
    return FALSE;
  switch (spec->op)
    {
    case RELEASE_EQUAL:
      return is_equal (spec, version);
    case RELEASE_UNEQUAL:
      return !is_equal (spec, version);
    case RELEASE_LESS:
      return is_less (version, spec->version);
    case RELEASE_AT_MOST:
      return compare_public (version, spec->version) <= 0;
    case RELEASE_GREATER:
      return is_greater (version, spec->version);
    case RELEASE_AT_LEAST:
      return compare_public (version, spec->version) >= 0;
    case RELEASE_COMPATIBLE:
      return compare_public (version, spec->version) >= 0
             && is_of_series (version, spec->version, spec->version->numbers->len - 1);
    default:
      return FALSE;
    }
}

/* Tells whether a version meets all of a list of specifiers, which may be empty.
 * FALSE with error set when that is none. */
gboolean
release_meets (const char *specifiers, const char *version, gboolean *met, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (specifiers, ",", -1);

  *met = TRUE;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autoptr (ReleaseSpec) spec = NULL;

      if (g_strstrip (parts[i])[0] == '\0')
        continue;
      if ((spec = release_spec_parse (parts[i])) == NULL)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not a version specifier",
                       parts[i]);
          return FALSE;
        }
      *met = *met && release_spec_has (spec, version);
    }
  return TRUE;
}
