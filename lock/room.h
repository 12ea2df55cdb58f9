/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the files of this room share, from what knows nothing of locks to what
 * chooses.  Functions that return gboolean and take a GError ** set it when they
 * return FALSE: those of this part to the reason alone.
 */

#pragma once

#include "base/base.h"

#include "lock/lock.h"

/* release.c: versions of distributions, and specifiers */

typedef struct _Release Release;
typedef struct _ReleaseSpec ReleaseSpec;

typedef enum
{
  RELEASE_IDENTICAL,
  RELEASE_EQUAL,
  RELEASE_COMPATIBLE,
  RELEASE_UNEQUAL,
  RELEASE_AT_MOST,
  RELEASE_AT_LEAST,
  RELEASE_LESS,
  RELEASE_GREATER,
  RELEASE_SERIES, /* == or != with .* */
} ReleaseOperator;

Release *release_parse (const char *text);
void release_free (Release *version);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Release, release_free)
int release_compare (const Release *a, const Release *b);
ReleaseSpec *release_spec_parse (const char *text);
void release_spec_free (ReleaseSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseSpec, release_spec_free)
ReleaseOperator release_spec_operator (const ReleaseSpec *spec);
const char *release_spec_version (const ReleaseSpec *spec);
gboolean release_spec_has (const ReleaseSpec *spec, const char *text);
gboolean release_meets (const char *specifiers, const char *version, gboolean *met,
                        GError **error) MUST_CHECK;

/* name.c: names of distributions, extras and groups */

char *name_normalise (const char *name);
gboolean name_is_valid (const char *name);
gboolean name_is_normal (const char *name);
gboolean name_same (const char *a, const char *b);
gboolean name_is_among (const char *name, const char *const *names);

/* marker.c: environment markers */

typedef enum
{
  MARKER_IDENTICAL,
  MARKER_EQUAL,
  MARKER_COMPATIBLE,
  MARKER_UNEQUAL,
  MARKER_AT_MOST,
  MARKER_AT_LEAST,
  MARKER_LESS,
  MARKER_GREATER,
  MARKER_IN,
  MARKER_NOT_IN,
} MarkerOperator;

gboolean marker_holds (const char *text, const MarkerEnv *env, gboolean of_lock, gboolean *holds,
                       GError **error) MUST_CHECK;
gboolean marker_check (const char *text, gboolean of_lock, GError **error) MUST_CHECK;
