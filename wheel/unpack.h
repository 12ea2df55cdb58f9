/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the module that reads zip files exports: one constant table.  The
 * module says what an archive holds and knows nothing of wheels; whether that
 * is acceptable is for the others to judge.  Where a function fails, reason
 * receives a text to be freed.
 */

#pragma once

#include <glib.h>

#define UNPACK_SYMBOL "venvb_unpack"
#define UNPACK_VERSION 4

typedef struct
{
  const char *name; /* as stored; valid until the archive is closed */
  gboolean is_utf8; /* the name is ASCII, or marked as UTF-8 */
  gboolean is_encrypted;
  guint64 size; /* unpacked, as declared */
  guint32 mode; /* st_mode, or 0 where the archive has none */
} UnpackEntry;

typedef struct
{
  guint version;
  /* fd stays the caller's.  What it is of is mapped, and nobody else may have it. */
  gpointer (*open) (int fd, char **reason);
  /* The same of what others may cut off or write to meanwhile: that is an error then, or
   * seen as it is.  That all of the archive agrees with itself is not looked at. */
  gpointer (*open_shared) (int fd, char **reason);
  gint64 (*count) (gpointer archive);
  gboolean (*describe) (gpointer archive, guint64 index, UnpackEntry *entry, char **reason);
  gpointer (*entry_open) (gpointer archive, guint64 index, char **reason);
  /* Returns how much there is at *part, as long as the next is not asked for: 0 at the
   * end, -1 on failure.  One entry of an archive is read at a time. */
  gint64 (*entry_next) (gpointer entry, const void **part, char **reason);
  void (*entry_close) (gpointer entry);
  void (*close) (gpointer archive);
} UnpackModule;
