/* SPDX-License-Identifier: BSD-2-Clause */

/* Copies of files and links. */

#pragma once

#include "base/base.h"

/* Copies a regular file to a new name, with mode and times.  A link is looked
 * through. */
gboolean copy_regular (int from_fd, const char *from, int to_fd, const char *to,
                       GError **error) MUST_CHECK;

/* Copies a file or a link, with owner, attributes and times, and with no wider access
 * than it has where these can't be kept.  What has taken its place meanwhile is not
 * followed. */
gboolean copy_exactly (int from, const char *path, int to, const char *name) MUST_CHECK;

/* Gives an open file or directory owner, group, access lists and extended attributes of the
 * old one, and the mode in st; or a narrower one where these can't be kept. */
gboolean copy_access (int fd, int old, const struct stat *st) MUST_CHECK;
