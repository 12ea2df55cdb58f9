/* SPDX-License-Identifier: BSD-2-Clause */

/* Whose turn it is: waiting for a lock, but not for ever for somebody who has no
 * business there.  It needs GLib alone, so that a plugin can have it compiled in. */

#pragma once

#include <glib.h>

/* Waits for flock() of an open file or directory.  For a process of root, of the user, or
 * of the file's owner that may take as long as it takes; for another user's, who needs no
 * more than to read a file to lock it, 10 seconds, or 10 minutes where he may be able
 * to write to it, or nobody knows whose it is.  FALSE with errno set where there are no
 * locks, to ETIMEDOUT when the time is over; holder then says who has it, as
 * turns_holder() does, to be freed with g_free(). */
gboolean turns_wait (int fd, int operation, char **holder);

/* Who has a file locked, "process 123 ('sleep') of user 'bob'", as far as /proc/locks
 * tells: "a process that can't be told".  Free with g_free(). */
char *turns_holder (int fd);
