/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the targets that read locks have in common.
 */

#pragma once

#include "fuzz.h"

#include "lock/room.h"

#include <string.h>

/* A refusal is one line, which names the file first. */
static inline void
lock_refusal (const char *line)
{
  MUST_OF (g_str_has_prefix (line, "lock:"), line);
  for (const char *at = line; *at != '\0'; at++)
    MUST_OF (!g_ascii_iscntrl (*at), line);
}

/* What a lock that could be read says, and what is taken of it. */
static inline void
lock_select (const Lock *lock)
{
  static const WheelPlatform platform = {
    .implementation = "cpython",
    .major = 3,
    .minor = 13,
    .platform = "linux-x86_64",
    .bits = 64,
  };
  g_autoptr (WheelTags) tags = wheel_tags_new (&platform);
  g_autoptr (GError) error = NULL;
  const LockWanted wanted = {
    .env = { { "posix", "linux", "x86_64", "CPython", "6.1", "Linux", "#1", "3.13", "3.13.1",
               "cpython", "3.13.1" } },
    .tags = tags,
  };
  GPtrArray *choices = select_run (lock, &wanted, &error);

  fuzz_outcome (choices != NULL, error);
  if (choices == NULL)
    {
      lock_refusal (error->message);
      return;
    }
  MUST (choices->len == lock->packages->len);
  for (guint i = 0; i < choices->len; i++)
    {
      const LockChoice *choice = choices->pdata[i];

      MUST (name_is_normal (choice->package->name));
      MUST (choice->why != NULL);
      if (choice->outcome == LOCK_REFUSED)
        lock_refusal (choice->why);
      if (choice->outcome == LOCK_TAKEN && choice->name != NULL)
        MUST_OF (filename_is_plain (choice->name), choice->name);
      if (choice->outcome == LOCK_TAKEN)
        MUST (digest_suffice (choice->file != NULL && choice->file->hashes->len > 0
                                  ? choice->file->hashes
                                  : choice->package->hashes,
                              NULL));
    }
  g_ptr_array_unref (choices);
}

static inline void
lock_outcome (Lock *lock, GError *error)
{
  fuzz_outcome (lock != NULL, error);
  if (lock == NULL)
    {
      lock_refusal (error->message);
      return;
    }
  for (guint i = 0; i < lock->warnings->len; i++)
    lock_refusal (lock->warnings->pdata[i]);
  lock_select (lock);
}
