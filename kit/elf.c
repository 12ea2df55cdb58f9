/* SPDX-License-Identifier: BSD-2-Clause */

/* What a shared object exports and needs, read from the file (ELF, see elf(5))
 * without loading it. */

#include "config.h"

#include "kit/room.h"

#include <dlfcn.h>
#include <string.h>

#ifdef HAVE_ELF_H

#include <elf.h>
#include <link.h>

/* A part of the file, and what its entries name. */
typedef struct
{
  const char *bytes;
  gsize length;
  const char *names; /* the string table, which ends with a NUL */
  gsize names_length;
} Section;

typedef struct
{
  const char *bytes;
  gsize length;
  const ElfW (Shdr) * headers;
  guint n_headers;
} File;

static gboolean
is_within (const File *file, guint64 offset, guint64 size)
{
  return offset <= file->length && size <= file->length - offset;
}

/* Looks at the start of the file: an object for this machine, with a table of
 * its sections. */
static gboolean
read_header (File *file)
{
  ElfW (Ehdr) header;
  const int class = sizeof (gpointer) == 8 ? ELFCLASS64 : ELFCLASS32;

  if (file->length < sizeof header)
    return FALSE;
  memcpy (&header, file->bytes, sizeof header);
  if (memcmp (header.e_ident, ELFMAG, SELFMAG) != 0
      || header.e_ident[EI_CLASS] != class || header.e_type != ET_DYN
      || header.e_shentsize != sizeof (ElfW (Shdr)) || header.e_shoff % sizeof (gpointer) != 0
      || !is_within (file, header.e_shoff, (guint64) header.e_shnum * header.e_shentsize))
    return FALSE;
  file->headers = (gconstpointer) (file->bytes + header.e_shoff);
  file->n_headers = header.e_shnum;
  return TRUE;
}

/* Finds a section by its type, and the string table that belongs to it. */
static gboolean
find_section (const File *file, guint32 type, Section *section)
{
  for (guint i = 0; i < file->n_headers; i++)
    {
      const ElfW (Shdr) *at = &file->headers[i];
      const ElfW (Shdr) *names = at->sh_link < file->n_headers ? &file->headers[at->sh_link] : NULL;

      if (at->sh_type != type || names == NULL || at->sh_offset % sizeof (gpointer) != 0
          || !is_within (file, at->sh_offset, at->sh_size)
          || !is_within (file, names->sh_offset, names->sh_size) || names->sh_size == 0
          || file->bytes[names->sh_offset + names->sh_size - 1] != '\0')
        continue;
      *section = (Section){ file->bytes + at->sh_offset, at->sh_size,
                            file->bytes + names->sh_offset, names->sh_size };
      return TRUE;
    }
  return FALSE;
}

static void
add_symbol (Elf *elf, const ElfW (Sym) * symbol, const char *name)
{
  guint binding = symbol->st_info >> 4;
  guint visibility = symbol->st_other & 3;

  if (name[0] == '\0' || binding != STB_GLOBAL || visibility == STV_HIDDEN
      || visibility == STV_INTERNAL || symbol->st_shndx == SHN_ABS)
    return;
  if (g_str_equal (name, VENVB_PLUGIN_SYMBOL) && symbol->st_shndx != SHN_UNDEF)
    elf->desc_size = symbol->st_size;
  g_ptr_array_add (symbol->st_shndx == SHN_UNDEF ? elf->undefined : elf->exported, g_strdup (name));
}

static void
read_symbols (Elf *elf, const Section *section)
{
  for (gsize i = 0; i < section->length / sizeof (ElfW (Sym)); i++)
    {
      const ElfW (Sym) *symbol = (gconstpointer) (section->bytes + i * sizeof *symbol);

      if (symbol->st_name < section->names_length)
        add_symbol (elf, symbol, section->names + symbol->st_name);
    }
}

static void
read_needed (Elf *elf, const Section *section)
{
  for (gsize i = 0; i < section->length / sizeof (ElfW (Dyn)); i++)
    {
      const ElfW (Dyn) *entry = (gconstpointer) (section->bytes + i * sizeof *entry);

      if (entry->d_tag == DT_NEEDED && entry->d_un.d_val < section->names_length)
        g_ptr_array_add (elf->needed, g_strdup (section->names + entry->d_un.d_val));
    }
}

static gboolean
read_file (Elf *elf, const char *bytes, gsize length)
{
  File file = { bytes, length, NULL, 0 };
  Section symbols, dynamic;

  if (!read_header (&file) || !find_section (&file, SHT_DYNSYM, &symbols)
      || !find_section (&file, SHT_DYNAMIC, &dynamic))
    return FALSE;
  read_symbols (elf, &symbols);
  read_needed (elf, &dynamic);
  return TRUE;
}

#else

static gboolean
read_file (Elf *elf, const char *bytes, gsize length)
{
  return FALSE;
}

#endif

/* Reads a shared object; NULL when it is none of a kind that is known here. */
Elf *
elf_read (const char *path)
{
  g_autoptr (Elf) elf = g_new0 (Elf, 1);
  GMappedFile *map = g_mapped_file_new (path, FALSE, NULL);
  gboolean ok;

  elf->exported = g_ptr_array_new_with_free_func (g_free);
  elf->undefined = g_ptr_array_new_with_free_func (g_free);
  elf->needed = g_ptr_array_new_with_free_func (g_free);
  if (map == NULL)
    return NULL;
  ok = read_file (elf, g_mapped_file_get_contents (map), g_mapped_file_get_length (map));
  g_mapped_file_unref (map);
  return ok ? g_steal_pointer (&elf) : NULL;
}

void
elf_free (Elf *elf)
{
  g_ptr_array_unref (elf->exported);
  g_ptr_array_unref (elf->undefined);
  g_ptr_array_unref (elf->needed);
  g_free (elf);
}

/* Tells whether a symbol is none of the plugin's, but of what it was linked
 * with. */
static gboolean
is_of_tools (const char *name)
{
  static const char *const names[] = { "_init", "_fini",       "_edata",
                                       "_end",  "__bss_start", "mangle_path" };
  static const char *const prefixes[] = { "__asan", "__odr_asan", "__ubsan", "__gcov" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
has_prefix (GPtrArray *names, const char *prefix)
{
  for (guint i = 0; i < names->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (names, i), prefix))
      return TRUE;
  return FALSE;
}

/* Checks the file of a plugin that could be opened; size is what its
 * description says of itself. */
void
elf_check (Check *check, gsize size)
{
  g_autoptr (Elf) elf = elf_read (check->path);
  const char *first = NULL;
  guint others = 0;

  if (elf == NULL)
    {
      check_note (check, "the symbols of '%s' can't be read", check->path);
      return;
    }
  for (guint i = 0; i < elf->exported->len; i++)
    {
      const char *name = g_ptr_array_index (elf->exported, i);

      if (g_str_equal (name, VENVB_PLUGIN_SYMBOL) || is_of_tools (name))
        continue;
      others++;
      if (first == NULL)
        first = name;
    }
  if (others == 1)
    check_problem (check, "exports '%s'; a plugin exports nothing but %s", first,
                   VENVB_PLUGIN_SYMBOL);
  else if (others > 1)
    check_problem (check, "exports '%s' and %u more; a plugin exports nothing but %s", first,
                   others - 1, VENVB_PLUGIN_SYMBOL);
  if (elf->desc_size != 0 && elf->desc_size < size)
    check_problem (check,
                   "its struct_size is %" G_GSIZE_FORMAT
                   ", but the description has %" G_GSIZE_FORMAT " bytes",
                   size, elf->desc_size);
  if (has_prefix (elf->undefined, "venvb_") && !has_prefix (elf->needed, "libvenvb.so"))
    check_problem (check, "uses functions of libvenvb and is not linked with it; "
                          "link with what \"pkg-config --libs venvb\" prints");
}

/* Says what a plugin that can't be opened lacks, all of it and not only the
 * first.  Runs in a child process. */
void
elf_explain (Check *check, gpointer unused)
{
  g_autoptr (Elf) elf = elf_read (check->path);

  for (guint i = 0; elf != NULL && i < elf->needed->len; i++)
    if (dlopen (g_ptr_array_index (elf->needed, i), RTLD_LAZY | RTLD_GLOBAL) == NULL)
      check_problem (check, "the library '%s' is not found",
                     (char *) g_ptr_array_index (elf->needed, i));
  for (guint i = 0; elf != NULL && i < elf->undefined->len; i++)
    if (dlsym (RTLD_DEFAULT, g_ptr_array_index (elf->undefined, i)) == NULL)
      check_problem (check, "the symbol '%s' is defined nowhere",
                     (char *) g_ptr_array_index (elf->undefined, i));
}
