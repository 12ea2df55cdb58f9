/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions of interpreters, and what is demanded of them, as far as the version
 * specifiers specification (PEP 440) applies: an interpreter's version is a
 * release, maybe with a, b or rc; a demand may name what lies before or behind
 * one, with .dev or .post. */

#include "base/base.h"

#include <stdlib.h>
#include <string.h>

#define OPERATORS "<=>!~"

/* Reads a number; FALSE when there is none or too large a one. */
static gboolean
read_number (const char **text, guint *number)
{
  gsize length = strspn (*text, "0123456789");

  if (length == 0 || length > 6)
    return FALSE;
  *number = (guint) strtoul (*text, NULL, 10);
  *text += length;
  return TRUE;
}

static gboolean
read_release (const char **text, Version *version)
{
  while (version->n_release < G_N_ELEMENTS (version->release))
    {
      if (!read_number (text, &version->release[version->n_release++]))
        return FALSE;
      if ((*text)[0] != '.' || !g_ascii_isdigit ((*text)[1]))
        return TRUE;
      (*text)++;
    }
  return FALSE;
}

/* Reads what stands behind the release, if anything. */
static gboolean
read_phase (const char **text, Version *version)
{
  static const struct
  {
    const char *name;
    guint phase;
  } phases[] = {
    { "a", VERSION_ALPHA },    { "b", VERSION_BETA },     { "rc", VERSION_CANDIDATE },
    { ".dev", VERSION_DEVEL }, { ".post", VERSION_POST },
  };

  version->phase = VERSION_FINAL;
  for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
    if (g_str_has_prefix (*text, phases[i].name))
      {
        version->phase = phases[i].phase;
        *text += strlen (phases[i].name);
        return read_number (text, &version->serial);
      }
  return TRUE;
}

/* Reads a version from the start of text, which moves behind it. */
gboolean
version_read (const char **text, Version *version)
{
  memset (version, 0, sizeof *version);
  return read_release (text, version) && read_phase (text, version);
}

/* Less than, equal to or greater than 0, as a is to b; what is missing of a
 * release counts as 0. */
int
version_compare (const Version *a, const Version *b)
{
  for (guint i = 0; i < G_N_ELEMENTS (a->release); i++)
    if (a->release[i] != b->release[i])
      return a->release[i] < b->release[i] ? -1 : 1;
  if (a->phase != b->phase)
    return a->phase < b->phase ? -1 : 1;
  return a->serial < b->serial ? -1 : a->serial > b->serial;
}

/* Tells whether version belongs to the series that the first n numbers of
 * other name. */
static gboolean
is_of_series (const Version *version, const Version *other, guint n)
{
  for (guint i = 0; i < n; i++)
    if (version->release[i] != other->release[i])
      return FALSE;
  return TRUE;
}

static gboolean
is_equal (const Version *version, const Demand *demand)
{
  if (demand->is_series)
    return is_of_series (version, &demand->version, demand->version.n_release);
  return version_compare (version, &demand->version) == 0;
}

/* Tells whether a pre-release is one of the version that is to be undercut:
 * that does not count as less. */
static gboolean
is_its_pre_release (const Version *version, const Version *limit)
{
  return version->phase < VERSION_FINAL && limit->phase == VERSION_FINAL
         && is_of_series (version, limit, G_N_ELEMENTS (limit->release));
}

static gboolean
meets (const Version *version, const Demand *demand)
{
  int order = version_compare (version, &demand->version);

  switch (demand->op)
    {
    case DEMAND_EQUAL:
      return is_equal (version, demand);
    case DEMAND_UNEQUAL:
      return !is_equal (version, demand);
    case DEMAND_LESS:
      return order < 0 && !is_its_pre_release (version, &demand->version);
    case DEMAND_AT_MOST:
      return order <= 0;
    case DEMAND_GREATER:
      return order > 0;
    case DEMAND_AT_LEAST:
      return order >= 0;
    case DEMAND_COMPATIBLE:
      return order >= 0 && is_of_series (version, &demand->version, demand->version.n_release - 1);
    }
  return FALSE;
}

/* Tells whether a version meets all demands. */
gboolean
version_meets (const Version *version, const GArray *demands)
{
  for (guint i = 0; i < demands->len; i++)
    if (!meets (version, &g_array_index (demands, Demand, i)))
      return FALSE;
  return TRUE;
}

static gboolean
read_operator (const char **text, DemandOperator *op)
{
  static const struct
  {
    const char *text;
    DemandOperator op;
  } operators[] = {
    { "===", DEMAND_EQUAL },  { "==", DEMAND_EQUAL },    { "!=", DEMAND_UNEQUAL },
    { "<=", DEMAND_AT_MOST }, { ">=", DEMAND_AT_LEAST }, { "~=", DEMAND_COMPATIBLE },
    { "<", DEMAND_LESS },     { ">", DEMAND_GREATER },
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

/* Reads one demand: an operator and a version, maybe a series "3.12.*". */
static gboolean
read_demand (const char *text, Demand *demand)
{
  memset (demand, 0, sizeof *demand);
  if (!read_operator (&text, &demand->op))
    return FALSE;
  text += strspn (text, " ");
  text += *text == 'v';
  if (!version_read (&text, &demand->version))
    return FALSE;
  if (g_str_has_prefix (text, ".*") && demand->version.phase == VERSION_FINAL
      && (demand->op == DEMAND_EQUAL || demand->op == DEMAND_UNEQUAL))
    {
      demand->is_series = TRUE;
      text += strlen (".*");
    }
  return *text == '\0' && (demand->op != DEMAND_COMPATIBLE || demand->version.n_release > 1);
}

/* Tells whether text is meant as demands rather than anything else. */
gboolean
version_is_demand (const char *text)
{
  return text[0] != '\0' && strchr (OPERATORS, text[strspn (text, " ")]) != NULL;
}

/* Reads demands separated by commas.  Returns NULL with error set when text is
 * something else.  Release with g_array_unref(). */
GArray *
version_parse_demands (const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) demands = g_array_new (FALSE, FALSE, sizeof (Demand));

  for (guint i = 0; parts[i] != NULL; i++)
    {
      Demand demand;

      if (g_strstrip (parts[i])[0] == '\0' && parts[i + 1] == NULL && i > 0)
        break;
      if (!read_demand (parts[i], &demand))
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "'%s' is not a version specifier",
                       parts[i]);
          return NULL;
        }
      g_array_append_val (demands, demand);
    }
  if (demands->len == 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "'%s' is not a version specifier", text);
      return NULL;
    }
  return g_steal_pointer (&demands);
}
