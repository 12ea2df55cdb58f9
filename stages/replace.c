/* SPDX-License-Identifier: BSD-2-Clause */

/* Placeholders in templates: venvb's own, and those of plugins. */

#include "stages/stages.h"

#include <string.h>

/* What the names of all of them begin with. */
#define PREFIX "__VENV_"

/* What stands for what in a template. */
static const struct
{
  const char *name;
  VenvbAttr attr;
} placeholders[] = {
  { "__VENV_DIR__", VENVB_ATTR_ENV_DIR },    { "__VENV_NAME__", VENVB_ATTR_ENV_NAME },
  { "__VENV_PROMPT__", VENVB_ATTR_PROMPT },  { "__VENV_BIN_NAME__", VENVB_ATTR_BIN_NAME },
  { "__VENV_PYTHON__", VENVB_ATTR_ENV_EXE },
};

/* What stands for a piece of script, nothing more often than not.  Alone on its
 * line it takes the place of the line. */
static const struct
{
  const char *name;
  void (*append) (GString *out, VenvbContext *ctx, const char *script_name);
} blocks[] = {
  { "__VENV_RELOCATE__", fill_relocate },
  { "__VENV_VARIABLES_SET__", fill_set },
  { "__VENV_VARIABLES_RESTORE__", fill_restore },
};

/* Tells whether text is the name of a placeholder of venvb's own. */
static gboolean
is_taken (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (placeholders); i++)
    if (g_str_equal (name, placeholders[i].name))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (g_str_equal (name, blocks[i].name))
      return TRUE;
  return FALSE;
}

/* The length of what text starts with, if that can be a placeholder's name; else 0.
 * Within it no '_' follows another, so that none begins with another one. */
static gsize
name_length (const char *text)
{
  const char *start = text + strlen (PREFIX), *at = start;

  if (!g_str_has_prefix (text, PREFIX))
    return 0;
  while (g_ascii_isupper (*at) || g_ascii_isdigit (*at)
         || (*at == '_' && at > start && at[1] != '_'))
    at++;
  return at > start && g_str_has_prefix (at, "__") ? at + 2 - text : 0;
}

/* What a placeholder of a plugin stands for. */
typedef struct
{
  char *value;
  gboolean is_early; /* set before the core's stage `create` runs the others */
} Own;

static void
own_free (gpointer data)
{
  g_free (((Own *) data)->value);
  g_free (data);
}

static gpointer
make (gpointer ctx)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, own_free);
}

static gboolean
is_late (gpointer name, gpointer data, gpointer unused)
{
  return !((const Own *) data)->is_early;
}

/* What the stages of a try that has failed have set, its successor's set again. */
static void
forget (gpointer all)
{
  g_hash_table_foreach_remove (all, is_late, NULL);
}

/* The placeholders of plugins: name -> Own. */
static GHashTable *
own (VenvbContext *ctx)
{
  static const PartKind kind = { make, (GDestroyNotify) g_hash_table_unref, .forget = forget };

  return context_part (ctx, &kind);
}

gboolean
venvb_context_set_placeholder (VenvbContext *ctx, const char *name, const char *value,
                               GError **error)
{
  if (!errors_given (name, __func__, "name", error))
    return FALSE;
  const char *why = name[0] == '\0' || name_length (name) != strlen (name)
                        ? "it has to be __VENV_X__, with capital letters, digits and single '_' "
                          "for the X"
                    : is_taken (name) ? "it is venvb's own"
                                      : NULL;

  if (why != NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "'%s' can't be a placeholder: %s", name,
                   why);
      return FALSE;
    }
  if (value == NULL)
    g_hash_table_remove (own (ctx), name);
  else
    {
      Own *entry = g_new (Own, 1);

      *entry = (Own){ g_strdup (value), !context_is_at_work (ctx) };
      g_hash_table_replace (own (ctx), g_strdup (name), entry);
    }
  return TRUE;
}

/* Appends the value of a plugin's placeholder that text starts with, and returns the
 * length of that; 0 when it starts with none. */
static gsize
append_own (GString *out, VenvbContext *ctx, const char *script_name, const char *text)
{
  gsize length = name_length (text);
  g_autofree char *name = length == 0 ? NULL : g_strndup (text, length);
  const Own *entry = name == NULL ? NULL : g_hash_table_lookup (own (ctx), name);
  g_autofree char *quoted = entry == NULL ? NULL : quote_for_script (script_name, entry->value);

  if (quoted == NULL)
    return 0;
  g_string_append (out, quoted);
  return length;
}

/* Appends the piece of script that text starts with the placeholder of, and
 * returns the length of what it replaces; 0 for none. */
static gsize
append_block (GString *out, VenvbContext *ctx, const char *script_name, const char *text)
{
  gboolean begins_line = out->len == 0 || out->str[out->len - 1] == '\n';

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (g_str_has_prefix (text, blocks[i].name))
      {
        gsize length = strlen (blocks[i].name);

        blocks[i].append (out, ctx, script_name);
        return length + (begins_line && text[length] == '\n');
      }
  return 0;
}

/* Appends the value of the placeholder that text starts with, and returns its
 * length; 0 when it starts with none. */
static gsize
append_value (GString *out, VenvbContext *ctx, const char *script_name, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (placeholders); i++)
    if (g_str_has_prefix (text, placeholders[i].name))
      {
        const char *value = venvb_context_get (ctx, placeholders[i].attr);
        g_autofree char *quoted = quote_for_script (script_name, value != NULL ? value : "");

        g_string_append (out, quoted);
        return strlen (placeholders[i].name);
      }
  return 0;
}

/* Replaces the placeholders in one pass, so that a value holding one is left
 * alone. */
char *
replace_all (VenvbContext *ctx, const char *script_name, const char *text)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (text) + 256);
  const char *found;

  while ((found = strstr (text, PREFIX)) != NULL)
    {
      gsize length;

      g_string_append_len (out, text, found - text);
      length = append_value (out, ctx, script_name, found);
      if (length == 0)
        length = append_block (out, ctx, script_name, found);
      if (length == 0)
        length = append_own (out, ctx, script_name, found);
      if (length == 0)
        g_string_append_c (out, *found);
      text = found + MAX (length, 1);
    }
  g_string_append (out, text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
