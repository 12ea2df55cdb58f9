/* SPDX-License-Identifier: BSD-2-Clause */

/* What the user asks for with --python: a path, a command, or a kind of
 * interpreter. */

#include "pythons/pythons.h"

#include <string.h>

/* Names of implementations, and what they stand for; NULL is any. */
static const struct
{
  const char *name;
  const char *implementation;
} names[] = {
  { "cpython", "cpython" }, { "cp", "cpython" },      { "pypy", "pypy" },
  { "pp", "pypy" },         { "graalpy", "graalpy" }, { "python", NULL },
};

void
request_free (Request *request)
{
  if (request == NULL)
    return;
  g_free (request->text);
  g_clear_pointer (&request->demands, g_array_unref);
  g_free (request);
}

/* Reads the name of an implementation, and an "@" behind it. */
static void
read_implementation (const char **text, Request *request)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (*text, names[i].name))
      {
        request->implementation = names[i].implementation;
        request->is_named = TRUE;
        *text += strlen (names[i].name);
        *text += **text == '@';
        return;
      }
}

/* "312" is short for "3.12". */
static gboolean
read_joined (const char **text, Version *version)
{
  gsize length = strspn (*text, "0123456789");

  if (length < 2 || length > 4 || (*text)[0] != '3' || (*text)[length] == '.')
    return FALSE;
  memset (version, 0, sizeof *version);
  version->n_release = 2;
  version->release[0] = 3;
  for (guint i = 1; i < length; i++)
    version->release[1] = version->release[1] * 10 + (guint) ((*text)[i] - '0');
  version->phase = VERSION_FINAL;
  *text += length;
  return TRUE;
}

/* Reads a version as a demand: "3.12" is the series, "3.12.4" that release. */
static gboolean
read_version (const char **text, Request *request)
{
  Demand demand = { .op = DEMAND_EQUAL };

  if (!read_joined (text, &demand.version) && !version_read (text, &demand.version))
    return FALSE;
  demand.is_series = demand.version.n_release < 3 && demand.version.phase == VERSION_FINAL;
  g_array_append_val (request->demands, demand);
  return TRUE;
}

/* Reads "t", "d", "td", and "-32" or "-64". */
static gboolean
read_build (const char *text, Request *request)
{
  for (; *text == 't' || *text == 'd'; text++)
    *(*text == 't' ? &request->free_threaded : &request->debug) = TRUE;
  if (g_str_equal (text, "-32") || g_str_equal (text, "-64"))
    request->bits = text[1] == '3' ? 32 : 64;
  return *text == '\0' || request->bits != 0;
}

/* Reads a kind of interpreter.  FALSE when it is the name of a command. */
static gboolean
read_kind (const char *text, Request *request, GError **error)
{
  read_implementation (&text, request);
  if (version_is_demand (text))
    {
      g_array_unref (request->demands);
      request->demands = version_parse_demands (text, error);
      return request->demands != NULL;
    }
  if (g_ascii_isdigit (*text) && !read_version (&text, request))
    return FALSE;
  return (request->is_named || request->demands->len > 0) && read_build (text, request);
}

/* Reads a request.  Returns NULL with error set for one that makes no sense.
 * Free with request_free(). */
Request *
request_parse (const char *text, GError **error)
{
  Request *request = g_new0 (Request, 1);
  GError *cause = NULL;

  request->text = g_strdup (text);
  request->demands = g_array_new (FALSE, FALSE, sizeof (Demand));
  if (strchr (text, '/') != NULL)
    request->kind = REQUEST_PATH;
  else
    request->kind = read_kind (text, request, &cause) ? REQUEST_VERSION : REQUEST_COMMAND;
  if (cause == NULL && text[0] != '\0')
    return request;
  request_free (request);
  if (text[0] == '=' && g_ascii_isdigit (text[1]))
    {
      g_clear_error (&cause);
      g_set_error (&cause, VENVB_ERROR, VENVB_ERROR_USAGE, "did you mean '%s', or '==%s'?",
                   text + 1, text + 1);
    }
  if (cause == NULL)
    g_set_error (&cause, VENVB_ERROR, VENVB_ERROR_USAGE, "it is empty");
  g_propagate_prefixed_error (error, cause, "--python '%s': ", text);
  return NULL;
}

/* Tells whether the version in a name, such as python3.9, rules out what is
 * asked for, so that the program need not be asked. */
gboolean
request_rules_out (const Request *request, const Version *version)
{
  const Demand *demand;

  if (request->demands->len != 1 || version->n_release == 0)
    return FALSE;
  demand = &g_array_index (request->demands, Demand, 0);
  if (demand->op != DEMAND_EQUAL)
    return FALSE;
  for (guint i = 0; i < MIN (version->n_release, MIN (demand->version.n_release, 2)); i++)
    if (version->release[i] != demand->version.release[i])
      return TRUE;
  return FALSE;
}

/* Tells whether an interpreter is one that was asked for. */
gboolean
request_matches (const Request *request, GHashTable *facts, gboolean with_pre_releases)
{
  const char *text = g_hash_table_lookup (facts, "full_version");
  const char *flags = g_hash_table_lookup (facts, "abiflags");
  const char *bits = g_hash_table_lookup (facts, "bits");
  Version version;

  if (text == NULL || flags == NULL || bits == NULL || !version_read (&text, &version))
    return FALSE;
  if (request->implementation != NULL
      && g_strcmp0 (g_hash_table_lookup (facts, "implementation"), request->implementation) != 0)
    return FALSE;
  if (request->bits != 0 && g_ascii_strtoull (bits, NULL, 10) != request->bits)
    return FALSE;
  if (version.phase != VERSION_FINAL && !with_pre_releases)
    return FALSE;
  return (strchr (flags, 't') != NULL) == request->free_threaded
         && (strchr (flags, 'd') != NULL || !request->debug)
         && version_meets (&version, request->demands);
}
