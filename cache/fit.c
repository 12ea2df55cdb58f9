/* SPDX-License-Identifier: BSD-2-Clause */

/* Is a wheel, or what was installed of one, for this Python?  By the tags of its
 * name, and by what it requires. */

#include "cache/cache.h"

/* Tells whether a Python is one of those that Requires-Python wants.  As for pip,
 * what can't be read wants nothing, and a pre-release counts as what it will be. */
static gboolean
fit_requires (GHashTable *facts, const char *requires, GError **error)
{
  const char *version_text = g_hash_table_lookup (facts, "version");
  const char *text = version_text != NULL ? version_text : "", *rest = text;
  g_autoptr (GArray) demands = version_parse_demands (requires, NULL);
  Version version;

  if (demands == NULL || !version_read (&rest, &version) || version_meets (&version, demands))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "it needs Python %s, this is %s", requires,
               text);
  return FALSE;
}

/* The tags of the base Python, and by which facts. */
typedef struct
{
  const GHashTable *facts;
  WheelTags *tags;
} OwnTags;

static gpointer
make (gpointer ctx)
{
  return g_new0 (OwnTags, 1);
}

static void
destroy (gpointer data)
{
  OwnTags *own = data;

  g_clear_pointer (&own->tags, wheel_tags_free);
  g_free (own);
}

/* The tags of the base Python, which is known; find_python may find another one. */
static const WheelTags *
own_tags (VenvbContext *ctx)
{
  static const PartKind kind = { make, destroy, NULL };
  OwnTags *own = context_part (ctx, &kind);
  GHashTable *facts = context_facts (ctx);

  if (own->facts == facts)
    return own->tags;
  g_clear_pointer (&own->tags, wheel_tags_free);
  own->tags = wheel_tags_of_facts (facts);
  own->facts = facts;
  return own->tags;
}

/* The reason alone. */
static gboolean
fits (VenvbContext *ctx, const char *path, const char *name, const WheelNote **note, GError **error)
{
  if (wheel_tags_rank (own_tags (ctx), name, error) < 0)
    return FALSE;
  *note = notes_get (context_builder (ctx), path, NULL);
  return *note == NULL || (*note)->requires == NULL
         || fit_requires (context_facts (ctx), (*note)->requires, error);
}

/* Tells whether the wheel at an absolute path fits.  What is in one that can't be
 * read is not judged; note is what is known of it, or NULL. */
gboolean
fit_check_wheel (VenvbContext *ctx, const char *path, const WheelNote **note, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);

  if (context_facts (ctx) == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "wheel '%s' comes before the base Python is known", name);
      return FALSE;
    }
  if (fits (ctx, path, name, note, error))
    return TRUE;
  g_prefix_error (error, "wheel '%s' does not fit: ", name);
  return FALSE;
}

gboolean
venvb_context_check_wheel (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *absolute = path == NULL ? NULL : g_canonicalize_filename (path, NULL);
  const WheelNote *note = NULL;

  return errors_given (path, __func__, "path", error)
         && fit_check_wheel (ctx, absolute, &note, error);
}

int
venvb_context_compare_wheels (VenvbContext *ctx, const char *a, const char *b)
{
  g_autofree char *name_a = g_path_get_basename (a);
  g_autofree char *name_b = g_path_get_basename (b);

  return context_facts (ctx) == NULL ? 0 : wheel_tags_compare (own_tags (ctx), name_a, name_b);
}

/* Tells whether what is installed was made for this Python.  What has no WHEEL
 * file was installed otherwise, as by a distributor. */
gboolean
fit_check_installed (GHashTable *facts, const WheelTags *tags, const char *dist_info,
                     GError **error)
{
  g_autofree char *requires = wheel_installed_requires_python (dist_info);
  g_auto (GStrv) own = wheel_installed_tags (dist_info);
  g_autoptr (GError) first = NULL;

  if (!fit_requires (facts, requires, error))
    return FALSE;
  for (guint i = 0; own[i] != NULL; i++)
    if (wheel_tags_rank_tag (tags, own[i], first == NULL ? &first : NULL) >= 0)
      return TRUE;
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}
