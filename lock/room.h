/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the files of this room share, from what knows nothing of locks to what
 * chooses.  Functions that return gboolean and take a GError ** set it when they
 * return FALSE: those of this part to the reason alone.
 */

#pragma once

#include "base/base.h"

#include "lock/lock.h"
#include "lock/node.h"

/* What is wanted of a lock, and for which Python. */
struct _LockWanted
{
  MarkerEnv env;             /* without extras and groups */
  const WheelTags *tags;     /* what it can use */
  const char *const *extras; /* or NULL */
  const char *const *groups; /* or NULL: besides the default ones */
  gboolean no_default_groups;
  const char *const *wheel_dirs; /* where wheels are, or NULL */
  gboolean find_files;           /* what is taken has to be here */
  gboolean build_with_pip;       /* what has to be built is no error */
  gint64 newest;                 /* what was uploaded later is not taken; 0 for any */
  gboolean may_fetch;            /* what is taken need not be here, if it can be had */
  /* The SHA-256 of a file, from who remembers it, to be freed with g_free(); or NULL,
   * for itself or what it returns. */
  char *(*hash) (const char *path, gpointer data);
  gpointer data;
};

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
gboolean release_same (const char *a, const char *b);
ReleaseSpec *release_spec_parse (const char *text);
void release_spec_free (ReleaseSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReleaseSpec, release_spec_free)
ReleaseOperator release_spec_operator (const ReleaseSpec *spec);
const char *release_spec_version (const ReleaseSpec *spec);
gboolean release_spec_has (const ReleaseSpec *spec, const char *text);
gboolean release_meets (const char *specifiers, const char *version, gboolean *met,
                        GError **error) MUST_CHECK;

/* depth.c: how deep keys go */

gboolean depth_check (const char *text, gsize length, guint most, guint *line);

/* name.c: names of distributions, extras and groups */

char *name_normalise (const char *name);
gboolean name_is_valid (const char *name);
gboolean name_is_normal (const char *name);
gboolean name_same (const char *a, const char *b);
gboolean name_is_among (const char *name, const char *const *names);

/* refusal.c: how it is said that something can't be */

/* What a refusal is about.  Line is 0 and package and prefix are NULL where there is
 * none. */
typedef struct
{
  const char *file;
  guint line;
  const char *package;
  const char *prefix; /* of the key: "wheels[1]." */
} Place;

gboolean refusal_reason (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean refusal_set (GError **error, const Place *place, const char *key, const char *todo,
                      const char *format, ...) G_GNUC_PRINTF (5, 6);
gboolean refusal_because (GError **error, const Place *place, const char *key, const char *todo,
                          GError *reason);
char *refusal_text (const Place *place, const char *key, const char *todo, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* filename.c: names of wheels and source distributions */

gboolean filename_is_plain (const char *name);
gboolean filename_split_wheel (const char *file, char **name, char **version,
                               GError **error) MUST_CHECK;
gboolean filename_split_sdist (const char *file, char **name, char **version,
                               GError **error) MUST_CHECK;
char *filename_of_path (const char *path);
char *filename_of_url (const char *url);

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
char *marker_value (const MarkerEnv *env, MarkerVariable variable);
gboolean marker_check (const char *text, gboolean of_lock, GError **error) MUST_CHECK;

/* lock.c: what is read, and how it is freed */

/* What can be done about a lock that is not as it should be. */
#define LOCK_ANEW "have the lock written anew"

GPtrArray *lock_hashes_new (void);
void lock_hashes_add (GPtrArray *hashes, const char *algorithm, const char *value);
LockFile *lock_file_new (const char *key, guint line);
LockPackage *lock_package_new (guint line);
void lock_package_free (LockPackage *package);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LockPackage, lock_package_free)
Lock *lock_new (const char *path);

/* table.c: what is under a key, of its type */

gboolean table_get (const Place *place, const Node *table, const char *key, NodeKind kind,
                    gboolean required, const Node **node, GError **error) MUST_CHECK;
gboolean table_string (const Place *place, const Node *table, const char *key, gboolean required,
                       char **value, GError **error) MUST_CHECK;
gboolean table_array (const Place *place, const Node *table, const char *key, NodeKind kind,
                      gboolean required, const Node **node, GError **error) MUST_CHECK;
gboolean table_strings (const Place *place, const Node *table, const char *key, char ***values,
                        GError **error) MUST_CHECK;
gboolean table_specifiers (const Place *place, const Node *table, const char *key, char **value,
                           GError **error) MUST_CHECK;
void table_unknown (const Place *place, const Node *table, const char *const *known,
                    GPtrArray *warnings);

/* sources.c: where a lock takes a package from */

/* A lock that is being read. */
typedef struct
{
  Lock *lock;
  gboolean is_newer; /* of a minor version that we don't know */
} Reader;

void sources_note_unknown (const Reader *reader, const Place *place, const Node *table,
                           const char *const *known);
void sources_warn (const Reader *reader, const Place *place, const char *key, const char *what);
gboolean sources_read (const Reader *reader, const Place *place, const Node *table,
                       LockPackage *package, GError **error) MUST_CHECK;

/* pylock.c: locks */

Lock *pylock_parse (const char *path, const Node *root, GError **error);
gboolean pylock_is_name (const char *path);

/* digest.c: hashes of files */

gboolean digest_is_known (const char *algorithm);
gboolean digest_suffice (const GPtrArray *hashes, GError **error) MUST_CHECK;
char *digest_check (const char *path, gint64 size, const GPtrArray *hashes, gboolean any,
                    const LockWanted *wanted, GError **error);

/* reqline.c: one requirement */

#define REQLINE_PIN "pin it to a version, with hashes, or leave it out"

LockPackage *reqline_parse (const Place *place, const char *line, GError **error);

/* reqs.c: requirements that are pinned with hashes */

Lock *reqs_parse (const char *path, const char *text, gsize length, GError **error);

/* choose.c: which file of a package is taken */

typedef struct
{
  const Lock *lock;
  const LockWanted *wanted;
  GHashTable *wheels; /* what there is in directories: name -> paths */
} Chooser;

void choose_source (const Chooser *chooser, LockChoice *choice);

/* select.c: which packages are installed */

GPtrArray *select_run (const Lock *lock, const LockWanted *wanted, GError **error);
char *select_check_file (const Lock *lock, const LockChoice *choice, const LockWanted *wanted,
                         GError **error);

/* index.c: what an index has */

gboolean index_find (const FetchModule *module, const Lock *lock, GPtrArray *choices,
                     const LockWanted *wanted, const FetchOptions *options, GHashTable *urls,
                     GError **error) MUST_CHECK;

/* fetch.c: what is not here */

typedef struct _Fetched Fetched;

Fetched *fetch_missing (VenvbContext *ctx, const Lock *lock, const GPtrArray *choices,
                        const LockJob *job, const LockWanted *wanted, GError **error);
gboolean fetch_is_dry (const LockWanted *wanted);
void fetch_forget (Fetched *fetched);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fetched, fetch_forget)

/* installed.c: what is installed */

typedef struct
{
  char *name;         /* normalised */
  char *version;      /* as in the name of its directory */
  char *entry;        /* foo-1.0.dist-info, or an .egg-info */
  char *path;         /* of that */
  struct stat record; /* of its RECORD; zeros where there is none */
  gboolean has_record;
  gboolean is_looked_at; /* by installed_look(): what follows is known */
  gboolean is_editable;
  char *direct_url; /* the text of direct_url.json, or NULL */
} Installed;

GPtrArray *installed_list (const char *purelib, const char *platlib, struct stat libs[2],
                           GError **error);
void installed_look (Installed *installed);
gboolean installed_is_version (const Installed *installed, const char *version);

/* direct.c: direct_url.json */

gboolean direct_is_of_directory (const Lock *lock, const LockPackage *package, const char *json);
char *direct_text (const Lock *lock, const LockPackage *package, const char *sha256);

/* state.c: what an environment remembers of its lock */

#define STATE_NAME ".lock-state"

typedef struct
{
  char *stamp, *digest; /* of the lock's file */
  char *key;            /* what else counts */
  GHashTable *has;      /* Installed.entry -> words of its line */
} State;

void state_free (State *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (State, state_free)
State *state_read (const char *env_dir);
State *state_look (const LockJob *job, const LockWanted *wanted);
gboolean state_holds (const State *state, const State *seen, const GPtrArray *installed);
const char *state_wheel (const State *state, const Installed *installed);
gboolean state_write (VenvbContext *ctx, const State *old, const State *seen, GHashTable *wheels,
                      GError **error) MUST_CHECK;

/* plan.c: what has to be done */

typedef struct
{
  GPtrArray *remove;  /* Installed */
  GPtrArray *install; /* LockChoice */
  GPtrArray *build;   /* LockChoice */
  GPtrArray *left;    /* char *: a line of what can't be as the lock wants it */
} Plan;

char *plan_version (const LockChoice *choice);
void plan_free (Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Plan, plan_free)
Plan *plan_make (const Lock *lock, const GPtrArray *choices, const LockJob *job,
                 const LockWanted *wanted, const GPtrArray *installed, const State *state,
                 GError **error);

/* build.c: what pip has to build */

const char *build_sha256 (const LockChoice *choice);
gboolean build_argument (const Lock *lock, const LockChoice *choice, const LockJob *job,
                         GPtrArray *args, GError **error) MUST_CHECK;

/* run.c: what is to be done, before anything is */

struct _LockRun
{
  LockJob job; /* its strings are the caller's, but for those of keep_seeds */
  char *given; /* what else it was made for */
  LockWanted wanted;
  WheelTags *tags;
  char **seeds;
  char *lock_dir;
  const char **dirs; /* where wheels are */
  char *env_dir, *purelib, *platlib;
  struct stat places[2]; /* of these two; zeros for nothing */
  GPtrArray *installed;
  State *state, *seen;
  Lock *lock;         /* NULL where it was not read */
  GPtrArray *choices; /* LockChoice */
  Plan *plan;         /* NULL where there is nothing to do */
  GPtrArray *fetched; /* Fetched */
};

LockRun *run_prepare (VenvbContext *ctx, const LockJob *job, GPtrArray *others, GError **error);
gboolean run_is_for (const LockRun *run, VenvbContext *ctx, const LockJob *job);
gboolean run_renew (LockRun *run, GPtrArray *others, GError **error) MUST_CHECK;
void run_free (LockRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LockRun, run_free)

/* sync.c: an environment as a lock has it */

gboolean sync_run (VenvbContext *ctx, const LockJob *job, LockRun *run, GPtrArray *builds,
                   GError **error) MUST_CHECK;

/* compare.c: how an environment differs from a lock */

const char **compare_wheel_dirs (const LockJob *job, char *own);
gboolean compare_run (const LockJob *job, GHashTable *facts, const char *purelib,
                      const char *platlib, LockDiffers func, gpointer data,
                      GError **error) MUST_CHECK;
GPtrArray *compare_choose (const Lock *lock, const LockJob *job, GHashTable *facts,
                           const WheelTags *tags, const char *const *dirs, GError **error);
GPtrArray *compare_explain (const LockJob *job, GHashTable *facts, GError **error);

/* kit.c: what a machine without network needs */

gboolean kit_make (const LockJob *job, GHashTable *facts, const char *dir, guint *n,
                   GError **error) MUST_CHECK;

/* read.c: a lock, by the name of its file */

char *read_text (const char *path, gsize *length, GError **error);
Lock *read_parse (const char *path, const char *text, gsize length, GError **error);
Lock *read_lock (const char *path, GError **error);

/* env.c: what the variables of markers are */

void env_fill (MarkerEnv *env, GHashTable *facts);
GHashTable *env_facts (VenvbContext *ctx);
