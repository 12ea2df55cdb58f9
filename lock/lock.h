/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the lock room: what a lock names, and which file is taken of it.  Its
 * functions look at what they are given and at files; they start nothing, and change
 * nothing but for sync.c, by way of the library.
 *
 *   pylock.toml, requirements.txt
 *     | read.c       either, by its name
 *     | toml.cc      TOML, as plain C: node.c (node.h); depth.c says what is too deep
 *     | pylock.c     a lock by its specification; sources.c what a package is taken
 *     |              from, table.c what is under a key
 *     | reqs.c       requirements that are pinned with hashes; reqline.c one of them
 *     v
 *   Lock
 *     | select.c     which packages are installed
 *     | choose.c     which file of each, and why; digest.c compares it with its hashes
 *     v
 *   a LockChoice for each package
 *     | plan.c       compares them with what is installed (installed.c) and what is
 *     |              remembered of it (state.c); run.c has all of this looked at, and
 *     |              refused, before anything is changed
 *     | compare.c    tells what differs, sync.c does what is to be done; direct.c
 *     |              tells where an archive came from, build.c what is left for pip
 *     | fetch.c      what is not here: from the cache, or by the module of the fetch room;
 *     |              index.c what an index has of it; kit.c for a machine without network
 *     v
 *   the environment
 *
 * These stand on what knows nothing of locks:
 *
 *   release.c    versions of distributions, and specifiers
 *   name.c       names of distributions, extras and groups
 *   marker.c     environment markers; env.c what their variables are
 *   filename.c   names of wheels and source distributions
 *   refusal.c    how it is said that something can't be
 *   lock.c       what is read, and how it is freed
 *
 * The room is a module, lock.so (module.c), so that what reads no lock has neither it nor
 * the library that reads TOML.  Who wants one has load.c compiled in.
 */

#pragma once

#include "config.h"

#include <glib.h>

#include "fetch/fetch.h"
#include "venvb.h"
#include "wheel/wheel.h"

/* The variables of markers that an interpreter and its system have values for;
 * and the two that hold sets. */
typedef enum
{
  MARKER_OS_NAME,
  MARKER_SYS_PLATFORM,
  MARKER_PLATFORM_MACHINE,
  MARKER_PLATFORM_PYTHON_IMPLEMENTATION,
  MARKER_PLATFORM_RELEASE,
  MARKER_PLATFORM_SYSTEM,
  MARKER_PLATFORM_VERSION,
  MARKER_PYTHON_VERSION,
  MARKER_PYTHON_FULL_VERSION,
  MARKER_IMPLEMENTATION_NAME,
  MARKER_IMPLEMENTATION_VERSION,
  MARKER_EXTRAS,
  MARKER_DEPENDENCY_GROUPS,
  MARKER_N_VARIABLES,
} MarkerVariable;

/* Where markers are to hold.  A value that is not known is NULL. */
typedef struct
{
  const char *values[MARKER_N_VARIABLES];
  const char *const *extras; /* NULL for none */
  const char *const *groups;
} MarkerEnv;

/* One hash of a file.  The name of the algorithm is in lower case. */
typedef struct
{
  char *algorithm;
  char *value;
} LockHash;

/* A file that a lock names. */
typedef struct
{
  char *key;         /* wheels[2], sdist, archive */
  char *name;        /* of the file, without a directory */
  char *path;        /* as written, or NULL */
  char *url;         /* or NULL */
  gint64 size;       /* or -1 */
  gint64 uploaded;   /* in seconds since 1970, or -1 */
  GPtrArray *hashes; /* LockHash */
  guint line;
} LockFile;

typedef enum
{
  LOCK_WHEELS, /* wheels, or a source distribution, or both */
  LOCK_ARCHIVE,
  LOCK_DIRECTORY,
  LOCK_VCS,
  LOCK_PINNED, /* any wheel of the version that has one of the hashes */
} LockSource;

typedef struct
{
  char *name;            /* normalised */
  char *version;         /* or NULL */
  char *marker;          /* or NULL */
  char *requires_python; /* or NULL */
  LockSource source;
  GPtrArray *wheels; /* LockFile */
  LockFile *sdist;   /* or NULL */
  LockFile *archive; /* or NULL */
  char *where;       /* the directory, or the repository */
  char *vcs;         /* git, hg, bzr or svn, or NULL */
  char *commit;      /* of the repository */
  char *subdirectory;
  gboolean is_editable;
  GPtrArray *hashes; /* LockHash, of what is pinned */
  guint line;
} LockPackage;

/* What a lock says.  Lists end in NULL. */
typedef struct
{
  char *path;               /* of its file, as it was given */
  gboolean is_requirements; /* not a pylock.toml */
  char *created_by;
  char *index_url;       /* of requirements, or NULL */
  gboolean no_index;     /* they are to have none */
  char *requires_python; /* or NULL */
  char **environments;   /* or NULL: any */
  char **extras, **groups, **default_groups;
  GPtrArray *packages; /* LockPackage */
  GPtrArray *warnings; /* char *: a line each */
} Lock;

void lock_free (Lock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lock, lock_free)
void lock_file_free (LockFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LockFile, lock_file_free)

/* See room.h. */
typedef struct _LockWanted LockWanted;

typedef enum
{
  LOCK_TAKEN,
  LOCK_SKIPPED, /* its marker does not hold */
  LOCK_BUILT,   /* by pip */
  LOCK_REFUSED,
} LockOutcome;

/* What becomes of a package. */
typedef struct
{
  const LockPackage *package;
  LockOutcome outcome;
  const LockFile *file; /* of the lock, or NULL */
  char *name;           /* of the wheel, or NULL where any will do */
  char *path;           /* where it is, or NULL */
  char *sha256;         /* of what is there, if that was looked at; or NULL */
  gboolean is_direct;   /* an archive: direct_url.json is to be written */
  char *why;            /* a refusal: one line that says all */
} LockChoice;

/* An environment that is to be as a lock has it.  Lists end in NULL, or are NULL. */
typedef struct
{
  const char *file; /* absolute */
  const char *const *extras, *const *groups, *const *wheel_dirs;
  const char *const *any_record; /* packages whose wheels' own RECORD is not looked at */
  gboolean no_default_groups;
  gboolean keep_extras;             /* what the lock does not have stays */
  gboolean build_with_pip;          /* what has to be built is left to the caller */
  gboolean offline;                 /* where it is not here, that fails */
  const char *store, *shared_store; /* of wheels, where there is no context; or NULL */
  const FetchOptions *fetch;        /* how what is not here is had; NULL: that is refused */
  const char *exclude_newer;        /* what was asked for, or NULL, and what that means today */
  gint64 newest;
  const char *const *keep_seeds; /* what stays as well: pip */
} LockJob;

/* What is to be done for a job, as far as that is known before anything is. */
typedef struct _LockRun LockRun;

/* Hears of a difference: a line. */
typedef void (*LockDiffers) (const char *what, gpointer data);

/* What the module exports: one constant table. */

#define LOCK_MODULE_SYMBOL "venvb_lock"
#define LOCK_MODULE_VERSION 2

typedef struct
{
  guint version;
  /* Reads a pylock.toml, or a file of requirements; free with free().  NULL with error
   * set to a refusal. */
  Lock *(*read) (const char *path, GError **error);
  void (*free) (Lock *lock);
  /* What is taken of it, a LockChoice for each package, in its order: those hold as long
   * as the lock; free with g_ptr_array_unref().  NULL with error set when all of it is
   * refused. */
  GPtrArray *(*select) (const Lock *lock, const LockWanted *wanted, GError **error);
  /* What the variables of markers are, for an interpreter that told these facts. */
  void (*fill_env) (MarkerEnv *env, GHashTable *facts);
  /* Compares a file that was taken with its size and its hashes.  Returns its SHA-256, to
   * be freed with g_free(), or NULL with error set. */
  char *(*check_file) (const Lock *lock, const LockChoice *choice, const LockWanted *wanted,
                       GError **error);
  /* Finds out what is to be done, once the Python of a context is known, and whether it
   * can be: nothing is changed.  NULL with error set to the first refusal; others, which
   * may be NULL, receives the rest: char *.  Free with forget(), before the strings of the
   * job. */
  LockRun *(*prepare) (VenvbContext *ctx, const LockJob *job, GPtrArray *others, GError **error);
  void (*forget) (LockRun *run);
  /* Has the environment of a context be as a lock has it, or fails.  The run is what
   * prepare() told of the same job, or NULL.  builds receives what is left for pip,
   * arguments of "pip install": char *. */
  gboolean (*sync) (VenvbContext *ctx, const LockJob *job, LockRun *run, GPtrArray *builds,
                    GError **error);
  /* Compares what is installed in two directories, of which the second may be NULL, with a
   * lock, for an interpreter that told these facts; func hears what differs. */
  gboolean (*compare) (const LockJob *job, GHashTable *facts, const char *purelib,
                       const char *platlib, LockDiffers func, gpointer data, GError **error);
  /* Tells which file is taken of each package, and why: a line each, to be freed with
   * g_ptr_array_unref().  NULL with error set when all of the lock is refused. */
  GPtrArray *(*explain) (const LockJob *job, GHashTable *facts, GError **error);
  /* Fetches what is taken for an interpreter that told these facts, and puts a copy of it
   * and of the lock into a directory, which may be NULL.  n receives how many files. */
  gboolean (*download) (const LockJob *job, GHashTable *facts, const char *dir, guint *n,
                        GError **error);
} LockModule;

/* age.c: "7d", "2026-01-31" in seconds since 1970; 0 for neither an age nor a date. */
gint64 age_read (const char *text);

/* load.c: the module, for the life of the process; NULL with error set when it is not
 * there, or not ours. */
const LockModule *load_lock (GError **error);
