/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin as one compiled with the headers of 0.1 is, whatever the headers
 * have become: it includes none of them.  What it declares is what 0.1 laid
 * down and is never to be changed here.  It writes down what it sees.
 */

#include <stddef.h>
#include <stdio.h>

typedef struct VenvbNext VenvbNext;
typedef struct VenvbContext VenvbContext;
typedef struct { unsigned domain; int code; char *message; } Error;
typedef int (*StageFunc) (VenvbNext *next, VenvbContext *ctx, void *self, Error **error);

typedef struct
{
  size_t struct_size;
  unsigned api_version;
  const char *name;
  const char *version;
  const char *summary;
  const char *options_help;
  int (*load) (void **self, Error **error);
  int (*set_option) (void *self, const char *key, const char *value, Error **error);
  int (*ready) (void *self, Error **error);
  void (*unload) (void *self);
  StageFunc find_python;
  StageFunc ensure_directories;
  StageFunc create_ignore_files;
  StageFunc create_configuration;
  StageFunc setup_python;
  StageFunc setup_pip;
  StageFunc setup_scripts;
  StageFunc post_setup;
  StageFunc upgrade_dependencies;
} Plugin01;

int venvb_next (VenvbNext *next, VenvbContext *ctx, Error **error);
const char *venvb_attr_name (int attr);
const char *venvb_context_get (const VenvbContext *ctx, int attr);
int venvb_context_get_flag (const VenvbContext *ctx, int flag);
int venvb_context_write_file (VenvbContext *ctx, const char *path, const char *contents,
                              ptrdiff_t length, unsigned mode, Error **error);
const char *venvb_stage_name (int stage);
extern const Plugin01 venvb_plugin;

static char seen[4000];
static size_t used;

#define SEE(...)                                                              \
  (used += snprintf (seen + used, sizeof seen - used, __VA_ARGS__))

static int
load (void **self, Error **error)
{
  *self = seen;
  SEE ("load\n");
  return 1;
}

static int
set_option (void *self, const char *key, const char *value, Error **error)
{
  SEE ("set_option %s %s %d\n", key, value, self == seen);
  return 1;
}

static int
ready (void *self, Error **error)
{
  SEE ("ready %d\n", self == seen);
  return 1;
}

#define STAGE(name)                                                           \
  static int name (VenvbNext *next, VenvbContext *ctx, void *self, Error **error) \
  {                                                                           \
    SEE (#name " %d\n", self == seen);                                        \
    return venvb_next (next, ctx, error);                                     \
  }

STAGE (find_python)
STAGE (ensure_directories)
STAGE (create_ignore_files)
STAGE (create_configuration)
STAGE (setup_python)
STAGE (setup_pip)
STAGE (setup_scripts)
STAGE (upgrade_dependencies)

static int
post_setup (VenvbNext *next, VenvbContext *ctx, void *self, Error **error)
{
  if (!venvb_next (next, ctx, error))
    return 0;
  SEE ("post_setup %d\n", self == seen);
  for (int i = 0; i < 17; i++)
    SEE ("attr %d %s %d\n", i, venvb_attr_name (i), venvb_context_get (ctx, i) != NULL);
  for (int i = 0; i < 9; i++)
    SEE ("flag %d %d\n", i, venvb_context_get_flag (ctx, i) != 0);
  for (int i = 0; i < 9; i++)
    SEE ("stage %d %s\n", i, venvb_stage_name (i));
  return venvb_context_write_file (ctx, "seen", seen, -1, 0600, error);
}

__attribute__ ((visibility ("default"))) const Plugin01 venvb_plugin = {
  .struct_size = sizeof (Plugin01),
  .api_version = 1,
  .name = "frozen-0.1",
  .load = load,
  .set_option = set_option,
  .ready = ready,
  .find_python = find_python,
  .ensure_directories = ensure_directories,
  .create_ignore_files = create_ignore_files,
  .create_configuration = create_configuration,
  .setup_python = setup_python,
  .setup_pip = setup_pip,
  .setup_scripts = setup_scripts,
  .post_setup = post_setup,
  .upgrade_dependencies = upgrade_dependencies,
};
