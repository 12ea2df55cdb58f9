/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the fuzzing targets share.  A target is one file, fuzz-NAME.c, with one
 * function that is given any bytes and must survive them; MUST() is for what
 * has to hold besides.  Whose main() calls it is a matter of the build:
 * libFuzzer's with --enable-fuzzing, that of driver.c else.
 */

#pragma once

#include <glib.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* How many mutations of its seeds the driver tries in "make check". */
extern const guint fuzz_mutations;

/* What remains to be done after the last input, or NULL. */
extern void (*fuzz_finish) (void);

/* Ends the program, as a sanitizer would. */
#define MUST(condition) ((condition) ? (void) 0 : fuzz_fail (__FILE__, __LINE__, #condition, NULL))
#define MUST_OF(condition, text)                                                                   \
  ((condition) ? (void) 0 : fuzz_fail (__FILE__, __LINE__, #condition, (text)))

G_GNUC_NORETURN void fuzz_fail (const char *file, int line, const char *condition,
                                const char *text);

/* A directory that is empty at the start, on a file system in memory where
 * there is one.  It is the current directory, HOME lies in it, and it goes when
 * the program ends. */
const char *fuzz_scratch (void);

/* Empties it. */
void fuzz_clean (void);

/* A file in it, with the directories that it lies in.  FALSE when the name
 * leads elsewhere, or another file is in the way. */
gboolean fuzz_write (const char *name, const void *data, gsize length, guint mode);

/* The input as a text, which ends at the first NUL: free with g_free(). */
char *fuzz_text (const guint8 *data, gsize size);

/* Input that stands for several files: each begins with a line "@NAME", or
 * "@MODE NAME", MODE in octal.  What is in front of the first has no name. */
typedef struct
{
  char *name; /* "" for the first */
  guint mode; /* 0 for none */
  const char *data;
  gsize length;
} FuzzPart;

GPtrArray *fuzz_parts (const guint8 *data, gsize size);

/* Writes all parts that have a name below dir, which may be "", at most count of
 * them. */
void fuzz_write_parts (const GPtrArray *parts, const char *dir, guint count);

/* The contract of GError: set exactly on failure, of our domain, and saying
 * something. */
void fuzz_outcome (gboolean ok, const GError *error);
