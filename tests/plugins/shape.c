/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Plugins whose description is not of this version's shape.  Compiled once
 * for each SHAPE; all of them write the file `shaped` where they are let.
 */

#include "venvb-plugin.h"

#include <stddef.h>
#include <stdlib.h>

#define NEWER 1       /* made for a later plugin interface */
#define OLDER 2       /* ends before upgrade_dependencies */
#define LARGER 3      /* has a member more, not used */
#define LARGER_USED 4 /* has a member more, used */
#define ODD 5         /* ends within a member */
#define TINY 6        /* has not even a name */
#define HUGE_SIZE 7   /* a size that no description will have */
#define NAMELESS 8
#define OLDEST 9       /* ends after its name */
#define CONSTRUCTOR 10 /* crashes while it is opened */

#if SHAPE == NEWER
#define API (VENVB_PLUGIN_API + 1)
#else
#define API VENVB_PLUGIN_API
#endif

#if SHAPE == OLDER
#define SIZE offsetof (VenvbPlugin, upgrade_dependencies)
#elif SHAPE == ODD
#define SIZE (offsetof (VenvbPlugin, upgrade_dependencies) + 1)
#elif SHAPE == TINY
#define SIZE offsetof (VenvbPlugin, name)
#elif SHAPE == OLDEST
#define SIZE offsetof (VenvbPlugin, version)
#elif SHAPE == HUGE_SIZE
#define SIZE ((gsize) -8)
#else
#define SIZE sizeof (Shape)
#endif

#if SHAPE == LARGER || SHAPE == LARGER_USED
typedef struct
{
  VenvbPlugin known;
  gpointer later;
} Shape;
#else
typedef struct
{
  VenvbPlugin known;
} Shape;
#endif

extern const Shape venvb_plugin;

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "shaped", "", 0, 0666, error);
}

G_GNUC_UNUSED static gboolean
never (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  abort ();
}

#if SHAPE == CONSTRUCTOR
__attribute__ ((constructor)) static void
crash (void)
{
  abort ();
}
#endif

VENVB_PLUGIN_EXPORT const Shape venvb_plugin = {
  .known = { .struct_size = SIZE,
             .api_version = API,
#if SHAPE != NAMELESS
             .name = "shape",
#endif
             .summary = "has another shape",
             .post_setup = post_setup,
#if SHAPE == OLDER || SHAPE == OLDEST
             .upgrade_dependencies = never,
#endif
  },
#if SHAPE == LARGER_USED
  .later = (gpointer) never,
#endif
};
