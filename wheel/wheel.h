/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the wheel room: a wheel becomes an image, and an image becomes
 * part of an environment.
 *
 *   pip-24.0-py3-none-any.whl
 *     | source.c   what is read of it, nobody can exchange meanwhile
 *     | unpack.c   (a module of its own, loaded only when it is needed, since
 *     |             nothing on the warm path reads a zip file; inflate.c)
 *     | verify.c   every name, size and hash that it says; extract.c and
 *     |            record.c compare what is unpacked with that
 *     v
 *   IMAGE/tree/       what lands in the environment, laid out as there:
 *                     lib/python3.11/site-packages/pip/..., include/...,
 *                     bin/... for the scripts that the wheel brings along
 *   IMAGE/manifest    one record for each directory and file of the tree,
 *                     and for each script to be generated
 *     | compile.c  byte code, by the base Python; image.c has made it all
 *     | install.c  clone, link or copy (link.c, byte-code.c); RECORD and the
 *     |            scripts (launcher.c) written anew
 *     v
 *   the environment, which check.c compares with its RECORDs, and from which
 *   remove.c removes what they list
 *
 * Which wheels a Python can use, tags.c knows by their names and what platform.c
 * makes of its facts, and requires.c by what is in them.
 *
 * An image depends on the wheel and on the interpreter, never on an
 * environment, so it is made once and kept in the cache.
 */

#pragma once

#include "config.h"

#include <glib.h>
#include <sys/types.h>

#include "venvb.h"

/* Where an environment of the interpreter has what, relative to it. */
typedef struct
{
  const char *purelib; /* lib/python3.11/site-packages */
  const char *platlib;
  const char *scripts;     /* bin */
  const char *headers;     /* include/site/python3.11, as pip's */
  const char *data;        /* "" */
  const char *python;      /* the base Python: absolute path */
  guint major, minor;      /* its version */
  const char *pip_version; /* whose manners to follow; NULL: those of the pip
                             * being installed, or of the newest that lies
                             * beside the wheel, or of the newest there is for
                             * this Python */
  gboolean any_record;     /* the wheel's own RECORD is not looked at */
  gboolean by_hash;        /* byte code that tells a change of its source by a hash, and is
                            * the same whenever it is made: Python 3.7 and newer */
} WheelScheme;

/* One file of an image.  Hash and size are as RECORD wants them. */
typedef struct
{
  char *path;       /* relative to the environment */
  const char *name; /* the last part of path */
  guint dir;        /* where it lies: index in the image's dirs */
  char *hash;       /* "sha256=" and base64url without padding; NULL for byte code */
  guint64 size;
  gint64 mtime;           /* in seconds: byte code refers to it */
  guint32 fraction;       /* of a second, in nanoseconds: 0 wherever a time can be set */
  mode_t mode;            /* 0644 or 0755, less umask */
  mode_t seen_mode;       /* what the file system makes of that */
  gboolean fixed_shebang; /* a script whose first line is "#!python": to be written, not linked */
  gboolean copy;          /* installers rewrite it in place: never to be linked */
} WheelFile;

/* A script to be generated. */
typedef struct
{
  char *name;   /* pip3 */
  char *module; /* pip._internal.cli.main */
  char *attr;   /* main */
  gboolean gui;
} WheelScript;

/* What an image holds. */
typedef struct
{
  char *name; /* of the distribution, as in METADATA */
  char *version;
  char *dist_info;    /* relative to the environment: .../pip-24.0.dist-info */
  char *lib;          /* what RECORD's paths are relative to: purelib or platlib */
  char *scripts_dir;  /* where scripts are generated: bin */
  char *pip_version;  /* whose manners to follow; "" for today's */
  GPtrArray *dirs;    /* char *, relative to the environment, parents first */
  GPtrArray *files;   /* WheelFile, those of a directory together, in the
                             * order of dirs, sorted by name */
  GPtrArray *scripts; /* WheelScript, sorted by name */
  uid_t uid;          /* of the image's directory, and so of its files */
  gid_t gid;
  mode_t dir_mode;
  char *text;            /* of the manifest: holds all the strings */
  WheelFile *file_block; /* holds all the files */
} WheelImage;

/* The library's interface: what the cache and the plugins call. */

void wheel_image_free (WheelImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WheelImage, wheel_image_free)

/* Opens the file of a wheel; -1 with error set.  What wheel_hash() tells of it is its
 * SHA-256, in hexadecimal, to be freed with g_free(); NULL with errno set. */
int wheel_open (const char *path, GError **error);
char *wheel_hash (int fd);

/* Makes the image of a wheel in an empty directory that is open, which is nobody else's.  The
 * wheel is verified while it is unpacked; on failure the error names the wheel and the
 * reason, and dir may hold anything: the caller removes it.  What is unpacked has the
 * SHA-256 given, unless that is NULL: whatever happens to the file meanwhile.  With
 * compile, byte code is made by scheme->python. */
gboolean wheel_make_image (const char *wheel, const char *hash, const WheelScheme *scheme,
                           gboolean compile, int dir, GError **error);

/* From wheel_begin_many() to wheel_end_many() this process makes many images, as others do
 * at the same time: then one Python, which is kept, compiles all of its. */
void wheel_begin_many (void);
void wheel_end_many (void);

/* Reads what the image in an open directory holds; free with wheel_image_free().  An image that is
 * damaged (manifest unreadable, a file whose type, size, mode or modification
 * time is not what the manifest says, or whose owner or group is not that of
 * dir) is an error.  Files have whole and even seconds of time, of before they were
 * made, so an image survives being packed and unpacked, and an edit is noticed by
 * its time on file systems that keep no fractions, too.  That an
 * image as a whole belongs to somebody who may be trusted, and that nobody else may
 * write to it, is for the caller to see: uid and dir_mode. */
WheelImage *wheel_read_image (int dir, GError **error);

/* The same without a look at the files, which wheel_install_image() does. */
WheelImage *wheel_open_image (int dir, GError **error);

/* How files get from an image to an environment.  Where a way that was asked
 * for by name does not work, that is an error. */
typedef enum
{
  WHEEL_LINK_AUTO,     /* clone where possible, else link unless root, else copy */
  WHEEL_LINK_CLONE,    /* else copy */
  WHEEL_LINK_HARDLINK, /* else copy */
  WHEEL_LINK_COPY,
  WHEEL_LINK_MOVE, /* the image is thrown away afterwards */
} WheelLink;

/* Where what is installed came from. */
typedef struct
{
  gboolean requested;     /* by the user, not by another distribution */
  const char *direct_url; /* what direct_url.json is to hold, or NULL */
  WheelLink *used;        /* set to how its files have got there; or NULL */
} WheelOrigin;

/* Puts an image into an environment, with RECORD, INSTALLER ("pip"),
 * REQUESTED where requested (and where that pip knew of it), and scripts
 * whose first line runs env_exe, an absolute path.  An earlier version of the
 * same distribution must not be there; other files that are in the way are
 * replaced, as by pip.  Each file of the image is looked at before it is used,
 * as by wheel_read_image(). */
gboolean wheel_install_image (const WheelImage *image, int dir, const char *env_dir,
                              const char *env_exe, const WheelOrigin *origin, WheelLink mode,
                              GError **error);

/* Distributions that are to go from an environment.  Lists end in NULL. */
typedef struct
{
  const char *env_dir;
  const char *const *libs;       /* absolute: site-packages, or both of them */
  const char *const *kept_dirs;  /* absolute: these stay when they are empty */
  const char *const *dist_infos; /* names in libs, or paths: libs joined with names */
} WheelRemoval;

/* Removes what their RECORDs list, byte code that Python has made of it, and the
 * directories that are empty then.  What a distribution that stays lists as well stays,
 * and so does what lies outside of the environment or is no distribution's, as its
 * interpreter: left, of char *, receives a line for each. */
gboolean wheel_remove (const WheelRemoval *removal, GPtrArray *left, GError **error);

/* What decides which wheels a Python can use, as pythons/facts.py tells it.  Text
 * may be NULL. */
typedef struct
{
  const char *implementation; /* cpython */
  guint major, minor;         /* its version */
  const char *abiflags;       /* "", "t", "d", "m", ... */
  const char *ext_suffix;     /* of extension modules: .pypy39-pp73-x86_64-linux-gnu.so */
  const char *platform;       /* linux-x86_64 */
  guint bits;                 /* 64 or 32 */
  const char *libc;           /* glibc, musl, or "" for another or none */
  guint libc_major, libc_minor;
  guint elf_machine, elf_flags; /* of a program of 32 bits */
  const char *no_manylinux;     /* what the distributor objects to: 2_17_x86_64/... */
} WheelPlatform;

/* The tags of the wheels that it can use, best first. */
typedef struct _WheelTags WheelTags;

WheelTags *wheel_tags_new (const WheelPlatform *platform);
WheelTags *wheel_tags_of_facts (GHashTable *facts); /* that a Python has told */
void wheel_tags_free (WheelTags *tags);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WheelTags, wheel_tags_free)

/* All of them: free with g_strfreev(). */
char **wheel_tags_list (const WheelTags *tags);

/* How well a wheel fits by its file's name: 0 for the best tag there can be; -1
 * with error set, to the reason alone, when it does not. */
int wheel_tags_rank (const WheelTags *tags, const char *file_name, GError **error);

/* The same of a tag, or a set of them as py2.py3-none-any. */
int wheel_tags_rank_tag (const WheelTags *tags, const char *tag, GError **error);

/* Less than 0 when the first of two wheels of the same version is the one to
 * take: it fits better, or else has the higher build number. */
int wheel_tags_compare (const WheelTags *tags, const char *a, const char *b);

/* What the METADATA of a wheel that is open says in Requires-Python: free with
 * g_free().  "" when it says nothing, NULL when it can't be read. */
char *wheel_requires_python (int fd);

/* The same of an installed distribution, "" when it can't be read; and the tags
 * in its WHEEL file, none when there is no such file: free with g_strfreev(). */
char *wheel_installed_requires_python (const char *dist_info);
char **wheel_installed_tags (const char *dist_info);

/* Hears of a file that is missing or was changed: problem is "is missing" or
 * "has been changed". */
typedef void (*WheelProblemFunc) (const char *path, const char *problem, gpointer data);

/* Compares an installed distribution with its RECORD: lib is site-packages,
 * dist_info the name of a directory in it.  One without RECORD passes.  FALSE
 * with error set when RECORD can't be understood. */
gboolean wheel_check (const char *lib, const char *dist_info, WheelProblemFunc func, gpointer data,
                      GError **error);
