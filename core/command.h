/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the command, which is a program that uses libvenvb as any other:
 * options.c reads the arguments, main.c does what they say, show.c prints what
 * was asked for, output.c is how anything gets printed.
 */

#pragma once

#include "venvb.h"

#include <stdio.h>

/* options.c */

typedef struct
{
  gboolean help, version, list_plugins, explain, json, timings;
  gboolean system_site_packages, symlinks, copies, clear, force, upgrade;
  gboolean without_pip, upgrade_deps, without_scm_ignore_files;
  gboolean no_compile, no_cache, cache_info, cache_clean, cache_prune, cache_warm;
  gboolean quiet, verbose;
  char *check_plugin, *new_plugin, *build_system;
  char *prompt, *python, *dump_plugin, *cache_dir, *shared_cache_dir, *link_mode;
  VenvbLinkMode mode; /* what link_mode names */
  char **plugins, **no_plugins, **plugin_dirs, **env_dirs;
  char **command; /* the arguments without the ENV_DIRs */
} Options;

gboolean options_parse (char **argv, Options *options, GError **error);
void options_clear (Options *options);
void options_print_help (FILE *out);

/* show.c */

void show_plugins (VenvbBuilder *builder, FILE *out);
gboolean show_plugin (VenvbBuilder *builder, const char *name, FILE *out, GError **error);
void show_cache (VenvbBuilder *builder, FILE *out);
gboolean show_pipeline (VenvbBuilder *builder, FILE *out, GError **error);

/* output.c */

void output_line (FILE *out, const char *prefix, const char *text);
void output_json_string (FILE *out, const char *text);
