/* SPDX-License-Identifier: BSD-2-Clause */

/* Included at the head of each file by --enable-coverage: what a process has
 * counted is written also when it ends without exit ().
 *
 * The program and each library have counts of their own, and a function of
 * their own to write them, which the library keeps a list of.
 *
 * What is in C++ ends no process, and is not counted. */

#pragma once

#ifndef __cplusplus

void _exit (int) __attribute__ ((noreturn));
int raise (int);
void __gcov_dump (void);

/* In dump.c, a part of libvenvb; NULL in what is not linked with it. */
void coverage_add (void (*dump) (void)) __attribute__ ((weak));
void coverage_dump (void) __attribute__ ((weak));

__attribute__ ((constructor)) static void
coverage_begin (void)
{
  if (coverage_add)
    coverage_add (__gcov_dump);
}

__attribute__ ((noreturn, unused)) static void
coverage_end (int status)
{
  if (coverage_dump)
    coverage_dump ();
  _exit (status);
}

__attribute__ ((unused)) static int
coverage_raise (int number)
{
  if (coverage_dump)
    coverage_dump ();
  return raise (number);
}

#define _exit(status) coverage_end (status)
#define raise(number) coverage_raise (number)

#endif
