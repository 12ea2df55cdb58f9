/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * Wheels that have to be certain ones, and distributions that go.  What
 * venvb-context.h says of all its functions holds for these.
 */

#pragma once

#include "venvb-context.h"

G_BEGIN_DECLS

/** What is known of a wheel that is to be installed.  Start from
 * `{ .struct_size = sizeof (VenvbWheelOptions) }`: what is not set is 0. */
typedef struct
{
  gsize struct_size;  /**< sizeof (VenvbWheelOptions) */
  gboolean requested; /**< as for venvb_context_install_wheel() */
  const char *sha256; /**< what its file has to have, in hexadecimal; NULL for any */
  /** What the file `direct_url.json` is to hold; NULL for none: see the "recording the
   * direct URL origin of installed distributions" specification. */
  const char *direct_url;
  /** The wheel's own `RECORD` is not looked at, as it is known to be wrong: its files are
   * taken as they are, and what is installed has a `RECORD` that is right. */
  gboolean any_record;
} VenvbWheelOptions;

/**
 * Installs a wheel as venvb_context_install_wheel() does.  What is installed has the
 * SHA-256 that was asked for, whatever becomes of the file meanwhile.
 *
 * @param ctx      the context; `setup_python` must have run
 * @param path     the wheel's file
 * @param options  what is known of it, copied; or NULL
 * @param error    the wheel and what is wrong with it
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_install_wheel_full (VenvbContext *ctx, const char *path,
                                           const VenvbWheelOptions *options, GError **error);

/**
 * Tells the SHA-256 of a wheel's file.  It is remembered as long as the file does not
 * change, so that it need not be read each time.
 *
 * @param ctx    the context
 * @param path   the wheel's file
 * @param error  why it can't be read
 * @return a new string, in hexadecimal, to be freed with g_free(); NULL with error set on
 *         failure
 *
 * Since 0.2.
 */
char *venvb_context_hash_wheel (VenvbContext *ctx, const char *path, GError **error);

/**
 * Tells where wheels are kept that were fetched: `KEY/NAME` in a directory of the cache,
 * where KEY is `sha256-` and the hash in hexadecimal, or another algorithm.  Who fetches a
 * wheel puts it there, aside first; who takes one compares it with the hash.
 *
 * @param ctx        the context
 * @param is_shared  the cache that is only read, instead of the user's own
 * @return a new string, to be freed with g_free(); NULL where there is none: no such cache,
 *         or one that can't be written to, or that others could
 *
 * Since 0.2.
 */
char *venvb_context_get_wheel_store (VenvbContext *ctx, gboolean is_shared);

/**
 * Says which wheels are on their way, as from a server.  Each is unpacked and compiled in the
 * cache as soon as venvb_context_wheels_add() says that it is there, by processes that are
 * started now: no other thread may be there yet.  Where there is no cache, or one processor,
 * that is left to venvb_context_install_wheel(); what is wrong with a wheel, too.
 *
 * @param ctx    the context; `find_python` must have run
 * @param paths  where they will be, NULL-terminated, copied
 *
 * Since 0.2.
 */
void venvb_context_wheels_begin (VenvbContext *ctx, const char *const *paths);

/**
 * Says that one of these wheels is there, and is the one that was meant.
 *
 * @param ctx    the context
 * @param which  the number of its path, from 0: each at most once
 *
 * Since 0.2.
 */
void venvb_context_wheels_add (VenvbContext *ctx, guint which);

/**
 * Says that no more of these wheels come, and waits for those processes.
 *
 * @param ctx  the context
 * @param all  whether all that are there are wanted; when not, only those are waited for
 *             that were begun
 *
 * Since 0.2.
 */
void venvb_context_wheels_end (VenvbContext *ctx, gboolean all);

/**
 * Removes installed distributions: what their `RECORD`s list, byte code that Python has
 * made of it, and the directories that are empty then.  What a distribution that stays
 * lists as well stays, too, and so does what lies outside of the environment or is its
 * own, as its interpreter: a warning names that.  A run that fails afterwards puts all
 * back.
 *
 * @param ctx         the context; `setup_python` must have run
 * @param dist_infos  the names of their directories, as `pip-26.0.dist-info`, or their
 *                    paths, where one of that name in another directory is to stay;
 *                    NULL-terminated, borrowed.  Of one without `RECORD` nothing is
 *                    removed: the caller looks first.
 * @param error       the path and what failed
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_remove_distributions (VenvbContext *ctx, const char *const *dist_infos,
                                             GError **error);

G_END_DECLS
