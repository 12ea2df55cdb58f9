/* SPDX-License-Identifier: BSD-2-Clause */

/* What the tests of what a subclass of venv.EnvBuilder overrides have in common. */

#pragma once

#include "venvb.h"

typedef struct
{
  char *dir, *env_dir;
  VenvbBuilder *builder;
  GString *log;
  char *before; /* all there was in dir, where a run is to leave that */
  GError *error;
} Fixture;

typedef struct
{
  const char *name;
  void (*func) (Fixture *fixture, gconstpointer data);
  gconstpointer data;
} Test;

int run_tests (int argc, char **argv, const Test *tests, gsize n_tests);
char *output_of (const char *const *argv);
char *read_file (const Fixture *fixture, const char *name);
gboolean is_there (const Fixture *fixture, const char *name);
void put (const Fixture *fixture, const char *name, const char *text);
void fill (Fixture *fixture);
char *look (const Fixture *fixture);
void hook (Fixture *fixture, VenvbStage stage, VenvbStageFunc func);
void must_create (Fixture *fixture);
void must_fail (Fixture *fixture, const char *message);
void remember (Fixture *fixture);
void assert_as_before (const Fixture *fixture);
gboolean fail (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error);
