/* SPDX-License-Identifier: BSD-2-Clause */

/* Links and copies put in their place in one step, of which the undoing is told. */

#pragma once

#include "base/base.h"

/* Makes path a link where there is nothing; FALSE with errno EEXIST where something is.
 * no_links tells of another failure whether it may be since there are no links here. */
gboolean put_new_link (const char *target, const char *path, gboolean *no_links) MUST_CHECK;

/* Makes path a link, replacing what is there in one step.  One that says the same is left
 * alone.  FALSE with errno set. */
gboolean put_link (const char *target, const char *path, gboolean *no_links) MUST_CHECK;

/* Makes path a copy of the regular file source, with its times and this mode.  Where there
 * was something before, one that looks the same is left alone. */
gboolean put_copy (const char *source, const char *path, mode_t mode, GError **error) MUST_CHECK;
