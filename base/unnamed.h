/* SPDX-License-Identifier: BSD-2-Clause */

/* Files without a name. */

#pragma once

/* Opens one, to be read and written, and closed when a program is started.  Not
 * everywhere may one be had in memory: then one of the file system.  -1 with errno set
 * where there is none either. */
int unnamed_open (void);
