/* SPDX-License-Identifier: BSD-2-Clause */

/* What decides which wheels a Python can use, by the facts that it has told of itself
 * (pythons/facts.py). */

#include "wheel/wheel.h"

#include <stdio.h>
#include <stdlib.h>

static const char *
text_fact (GHashTable *facts, const char *key)
{
  const char *value = g_hash_table_lookup (facts, key);

  return value != NULL ? value : "";
}

static guint
number_fact (GHashTable *facts, const char *key)
{
  return (guint) strtoul (text_fact (facts, key), NULL, 10);
}

WheelTags *
wheel_tags_of_facts (GHashTable *facts)
{
  WheelPlatform platform = {
    .implementation = text_fact (facts, "implementation"),
    .abiflags = text_fact (facts, "abiflags"),
    .ext_suffix = text_fact (facts, "ext_suffix"),
    .platform = text_fact (facts, "platform"),
    .bits = number_fact (facts, "bits"),
    .libc = text_fact (facts, "libc"),
    .elf_machine = number_fact (facts, "elf_machine"),
    .elf_flags = number_fact (facts, "elf_flags"),
    .no_manylinux = text_fact (facts, "no_manylinux"),
  };

  sscanf (text_fact (facts, "version"), "%u.%u", &platform.major, &platform.minor);
  sscanf (text_fact (facts, "libc_version"), "%u.%u", &platform.libc_major, &platform.libc_minor);
  return wheel_tags_new (&platform);
}
