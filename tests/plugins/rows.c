/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Plugins whose table of options is not of this version's shape.  Compiled once for each
 * ROWS; those that are let in write what their option was to the file `rows`.  The rows of
 * SHORT are those of 0.2, which had no more than this: never change them.
 */

#include "venvb-plugin.h"

#define SHORT 1       /* a row ends as that of 0.2 did, or sooner */
#define LONG 2        /* a row has a member more, not used */
#define LONG_USED 3   /* a row has a member more, used */
#define OUTSIDE 4     /* the value would go past the data */
#define BEYOND 5      /* the place is near the end of memory */
#define KIND 6        /* a kind that only a later version has */
#define TWICE 7       /* a key is there twice */
#define UNSIZED 8     /* the table has no size */
#define NOWHERE 9     /* no place, and no set_option */
#define BAD_KEY 10    /* a key that a specification can't have */
#define REPLACING 11  /* load puts other data in the place of the core's */
#define CONTRADICT 12 /* required, and with a value when it is not given */
#define RELATIVE 13   /* a relative path when it is not given */
#define RESERVED 14   /* a key of configuration files */
#define INITIAL 15    /* a wrong value when it is not given */
#define PICKY 16      /* set_option refuses what the table allows */
#define SAME 17       /* two options go to one member */
#define ACROSS 18     /* one goes to half of another's */

typedef struct
{
  char *text;
  gint64 number;
} Data;

#if ROWS == SHORT
/* The first members of VenvbOption as they were in 0.2. */
typedef struct
{
  const char *key;
  VenvbOptionKind kind;
  gboolean repeated;
  gsize place;
} Row;
#define FIRST(...)                                                                                 \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }
#elif ROWS == LONG || ROWS == LONG_USED
typedef struct
{
  VenvbOption known;
  gpointer later;
} Row;
#define FIRST(...)                                                                                 \
  {                                                                                                \
    .known = { __VA_ARGS__ }                                                                       \
  }
#else
typedef VenvbOption Row;
#define FIRST(...)                                                                                 \
  {                                                                                                \
    __VA_ARGS__                                                                                    \
  }
#endif

static const Row rows[] = {
#if ROWS == BAD_KEY
  FIRST (.key = "a,b=c", VENVB_STRING (Data, text)),
#else
  FIRST (.key = "text", VENVB_STRING (Data, text)),
#endif
#if ROWS == LONG_USED
  { .known = { .key = "number", .kind = VENVB_KIND_INTEGER, .place = 9 }, .later = (gpointer) "x" },
#elif ROWS == OUTSIDE
  { .key = "number", .kind = VENVB_KIND_INTEGER, .place = sizeof (Data) - 6 },
#elif ROWS == BEYOND
  { .key = "number", .kind = VENVB_KIND_INTEGER, .place = G_MAXSIZE },
#elif ROWS == KIND
  { .key = "number", .kind = (VenvbOptionKind) 1000, .place = 1 },
#elif ROWS == TWICE
  { .key = "text", VENVB_STRING (Data, text) },
#elif ROWS == NOWHERE
  { .key = "number", .kind = VENVB_KIND_INTEGER },
#elif ROWS == RELATIVE
  { .key = "ca", .kind = VENVB_KIND_FILE, .place = 1, .initial = "ca.pem" },
#elif ROWS == RESERVED
  { .key = "enabled", VENVB_INTEGER (Data, number, 0, 0), .help = "or not" },
#elif ROWS == INITIAL
  { .key = "number", VENVB_INTEGER (Data, number, 1, 9), .help = "how many", .initial = "10" },
#elif ROWS == PICKY
  { .key = "here", .kind = VENVB_KIND_FLAG, .help = "or there" },
#elif ROWS == SAME
  { .key = "other", VENVB_STRING (Data, text), .help = "the same" },
#elif ROWS == ACROSS
  { .key = "other", .kind = VENVB_KIND_FLAG, .place = 5, .help = "half of it" },
#elif ROWS == CONTRADICT
  { .key = "other", VENVB_STRING (Data, text), .initial = "x", .required = TRUE },
#else
  FIRST (.key = "number", .kind = VENVB_KIND_INTEGER, .place = 1 + offsetof (Data, number)),
#endif
};

#if ROWS == REPLACING
static gboolean
load (gpointer *self, GError **error)
{
  static Data other;

  *self = &other;
  return TRUE;
}
#endif

#if ROWS == PICKY
static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  if (g_str_equal (key, "here") && g_str_equal (value, "yes"))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
  return FALSE;
}
#endif

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;
  g_autofree char *text = g_strdup_printf ("%s %d\n", data->text, (int) data->number);

  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "rows", text, -1, 0666, error);
}

VENVB_PLUGIN (.name = "rows", .version = "1", .summary = "has other rows",
#if ROWS == REPLACING
              .load = load,
#endif
#if ROWS == PICKY
              .set_option = set_option,
#endif
              .post_setup = post_setup, .data_size = sizeof (Data),
              .options = (const VenvbOption *) rows,
#if ROWS != UNSIZED
              .option_size = sizeof (Row),
#endif
              .n_options = G_N_ELEMENTS (rows))
