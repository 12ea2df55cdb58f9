/* SPDX-License-Identifier: BSD-2-Clause */

/* Who wants to know of a change before it is made, or instead of it. */

#pragma once

#include <glib.h>

#ifndef MUST_CHECK
#define MUST_CHECK G_GNUC_WARN_UNUSED_RESULT
#endif

typedef enum
{
  CHANGE_REPLACE, /* what has the name gets another, or is removed */
  CHANGE_EDIT,    /* what has the name is itself changed */
  CHANGE_MKDIR,   /* a directory is made */
  CHANGE_REMOVE,  /* what has the name is removed, a directory with all in it */
  CHANGE_RMDIR,   /* an empty directory is removed; where that is watched, it is gone then */
} Change;

typedef struct
{
  /* FALSE with errno set: nothing must be changed.  NULL: changes need not be told. */
  gboolean (*expect) (const char *path, Change change, gpointer data);
  void (*done) (const char *path, gpointer data);
  void (*alive) (gpointer data);
  gpointer data;
  gboolean is_dry;   /* nothing is changed: it is told only */
  gboolean is_fresh; /* the same, and what is there counts as removed */
} Changes;

void changes_watch (const Changes *changes);
gboolean changes_are_watched (void);
gboolean changes_are_dry (void);
gboolean changes_are_fresh (void);
gboolean changes_spare (const char *path, Change change) MUST_CHECK;
gboolean changes_expect (const char *path, Change change) MUST_CHECK;
void changes_done (const char *path);
void changes_alive (void);
