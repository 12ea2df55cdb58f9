/* SPDX-License-Identifier: BSD-2-Clause */

/* What other rooms keep with a builder or a context: made when it is first asked
 * for, freed with its owner.  The engine knows neither what nor whose it is. */

#include "core/room.h"

typedef struct
{
  const PartKind *kind;
  gpointer data;
} Part;

/* The part of a kind, borrowed; it is told whose it is when it is made. */
gpointer
parts_get (GSList **parts, const PartKind *kind, gpointer owner)
{
  Part *part;

  for (GSList *at = *parts; at != NULL; at = at->next)
    if (((Part *) at->data)->kind == kind)
      return ((Part *) at->data)->data;
  part = g_new (Part, 1);
  *part = (Part){ kind, kind->make (owner) };
  *parts = g_slist_prepend (*parts, part);
  return part->data;
}

/* After a run: they let go of what an owner who stays is not to hold until the next. */
void
parts_rest (GSList *parts)
{
  for (; parts != NULL; parts = parts->next)
    {
      const Part *part = parts->data;

      if (part->kind->rest != NULL)
        part->kind->rest (part->data);
    }
}

/* Another try follows: they forget what a stage of the one that failed has told them. */
void
parts_forget (GSList *parts)
{
  for (; parts != NULL; parts = parts->next)
    {
      const Part *part = parts->data;

      if (part->kind->forget != NULL)
        part->kind->forget (part->data);
    }
}

/* What was made last goes first: it may use what was made before. */
void
parts_free (GSList *parts)
{
  while (parts != NULL)
    {
      Part *part = parts->data;

      part->kind->destroy (part->data);
      g_free (part);
      parts = g_slist_delete_link (parts, parts);
    }
}
