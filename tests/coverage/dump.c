/* SPDX-License-Identifier: BSD-2-Clause */

/* For --enable-coverage: writes what the program and its libraries have
 * counted.  See coverage.h, which is included already. */

void coverage_add (void (*dump) (void));
void coverage_dump (void);

static void (*dumps[64]) (void);

/* Each file of a library says the same; once is enough. */
void
coverage_add (void (*dump) (void))
{
  for (unsigned i = 0; i < sizeof dumps / sizeof *dumps; i++)
    if (dumps[i] == dump || dumps[i] == (void (*) (void)) 0)
      {
        dumps[i] = dump;
        return;
      }
}

void
coverage_dump (void)
{
  for (unsigned i = 0; i < sizeof dumps / sizeof *dumps && dumps[i] != 0; i++)
    dumps[i]();
}
