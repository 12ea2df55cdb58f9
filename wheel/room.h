/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the files of this room share, in the order in which a wheel passes
 * through them.  Functions that return gboolean and take a GError ** set it
 * when they return FALSE: the reason alone, for wheel_make_image() puts the
 * wheel's name before it.
 */

#pragma once

#include "base/base.h"
#include "base/sum.h"

#include "wheel/unpack.h"
#include "wheel/wheel.h"

/* More than this no wheel may unpack to, or hold. */
#define LIMIT_BYTES (G_GUINT64_CONSTANT (1) << 30)
#define LIMIT_RATIO 20 /* to the size of the archive, where that is more */
#define LIMIT_ENTRIES 65535
#define LIMIT_METADATA (16 * 1024 * 1024)

/* refuse.c: how this room says no */

gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* source.c: the file of a wheel */

char *source_record_hash (int fd);
int source_copy (const char *wheel, const char *hash, int dir, GError **error);
gboolean source_close (int fd, int dir, GError **error) MUST_CHECK;

/* archive.c: an archive, by way of the module */

typedef struct
{
  const UnpackModule *module;
  gpointer handle;
  guint64 limit; /* of all that is unpacked, in bytes */
} Archive;

typedef gboolean (*ArchiveSink) (const void *data, gsize length, gpointer user, GError **error);

Archive *archive_open (int fd, gboolean is_shared, GError **error);
void archive_close (Archive *archive);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_close)
gboolean archive_read (Archive *archive, guint64 index, guint64 size, ArchiveSink sink,
                       gpointer user, GError **error) MUST_CHECK;

/* names.c: names that are safe to be created, and different from each other */

typedef struct _Names Names;

gboolean names_check (const char *name, GError **error) MUST_CHECK;
gboolean names_makes_env (const char *relative);
Names *names_new (void);
void names_free (Names *names);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Names, names_free)
gboolean names_add_dir (Names *names, const char *name, GError **error) MUST_CHECK;
gboolean names_has (const Names *names, const char *name);
gboolean names_add (Names *names, const char *name, GError **error) MUST_CHECK;

/* record.c: RECORD and its hashes */

typedef struct
{
  char *path;
  char *hash;     /* "" where there is none */
  char *size;     /* the same */
  gboolean found; /* the archive has that file */
} RecordRow;

void record_row_free (RecordRow *row);
GHashTable *record_parse (const char *text, gsize length, GError **error);
void record_append (GString *out, const char *path, const char *hash, const char *size);
Sum *record_sum (const char *hash, GError **error);
char *record_hash_data (const char *data, gsize length);
gboolean record_verify (const RecordRow *row, Sum *sum, guint64 size, GError **error) MUST_CHECK;

/* metadata.c: the files of .dist-info */

char *metadata_header (const char *text, const char *key);
gboolean metadata_split (const char *file_name, char **name, char **version,
                         GError **error) MUST_CHECK;
gboolean metadata_same (const char *a, const char *b);
gboolean metadata_check_version (const char *wheel, GError **error) MUST_CHECK;

/* entry-points.c: entry_points.txt to scripts */

void entry_points_script_free (WheelScript *script);
GPtrArray *entry_points_parse (const char *text, const WheelScheme *scheme, GError **error);

/* verify.c: what an archive holds, and whether it is a wheel */

typedef struct
{
  char *name;   /* in the archive */
  char *target; /* in the environment; NULL when it is not installed */
  guint64 index;
  guint64 size;
  gboolean is_executable;
  gboolean is_script; /* its first line may have to be written anew */
  RecordRow *row;     /* NULL for RECORD and its signatures */
} Member;

typedef struct
{
  char *name, *version; /* METADATA's */
  char *dist_info;      /* in the archive: pip-24.0.dist-info */
  const char *lib;      /* purelib or platlib */
  GPtrArray *members;   /* Member, without directories */
  GHashTable *rows;     /* path -> RecordRow; NULL where RECORD is not looked at */
  GPtrArray *scripts;   /* WheelScript, sorted by name */
} Contents;

Contents *verify_contents (Archive *archive, const char *file_name, const WheelScheme *scheme,
                           GError **error);
void verify_contents_free (Contents *contents);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Contents, verify_contents_free)

/* place.c: what goes where */

gboolean place_members (Contents *contents, const WheelScheme *scheme, GError **error) MUST_CHECK;

/* extract.c: files on disk */

gboolean extract_members (Archive *archive, const Contents *contents, int tree, GPtrArray *files,
                          GError **error) MUST_CHECK;
void extract_file_free (WheelFile *file);

/* compile.c: byte code */

void compile_many (void);
void compile_end (void);
gboolean compile_files (const WheelScheme *scheme, int dir, int tree, GPtrArray *files,
                        GError **error) MUST_CHECK;

/* manifest.c: an image's description on disk */

gboolean manifest_write (const WheelImage *image, int dir, GError **error) MUST_CHECK;
WheelImage *manifest_read (int dir, GError **error);
gboolean manifest_is_intact (int fd, const WheelImage *image, const WheelFile *file);
guint64 manifest_checksum (const char *data, gsize length);

/* link.c: one file to its place */

typedef struct
{
  WheelLink way;      /* what worked last */
  gboolean may_link;  /* before copying, where cloning does not work */
  gboolean carries;   /* a link has what the directory asks for */
  mode_t mask;        /* of the process */
  int from, to;       /* directories */
  gboolean was_there; /* to: files may be in the way */
  const WheelImage *image;
  int image_dir; /* where it is */
} Linker;

void link_init (Linker *linker, const WheelImage *image, int image_dir, WheelLink way);
WheelLink link_used (const Linker *linker);
mode_t link_mode (mode_t mask, mode_t mode);
mode_t link_mode_kept (mode_t mode);
void link_look_from (Linker *linker, int tree);
void link_look (Linker *linker, const WheelImage *image, int dir);
gboolean link_file (Linker *linker, const WheelFile *file, GError **error) MUST_CHECK;

/* byte-code.c: byte code that was copied */

void byte_code_fit (int env, const char *env_dir, const WheelImage *image);

/* launcher.c: scripts */

gboolean launcher_knows_requested (const char *pip_version);
char *launcher_first_line (const char *exe);
char *launcher_text (const WheelScript *script, const char *exe, const char *pip_version);
