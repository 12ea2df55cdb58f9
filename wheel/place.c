/* SPDX-License-Identifier: BSD-2-Clause */

/* What goes where in the environment. */

#include "wheel/room.h"

#include <string.h>

/* Written by the installer, whatever the wheel has of that name. */
static const char *const generated[] = { "RECORD", "INSTALLER", "REQUESTED", NULL };

static char *
join (const char *dir, const char *name)
{
  return dir[0] == '\0' ? g_strdup (name) : g_strconcat (dir, "/", name, NULL);
}

/* Tells whether a file is a script that setuptools once made for an entry
 * point, under that name or one that Windows likes better. */
static gboolean
is_wrapper (const Contents *contents, const char *name)
{
  static const char *const suffixes[] = { ".exe", "-script.py", ".pya" };
  g_autofree char *base = g_path_get_basename (name);
  g_autofree char *lower = g_ascii_strdown (base, -1);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (lower, suffixes[i]))
      {
        base[strlen (base) - strlen (suffixes[i])] = '\0';
        break;
      }
  for (guint i = 0; i < contents->scripts->len; i++)
    if (g_str_equal (((WheelScript *) g_ptr_array_index (contents->scripts, i))->name, base))
      return TRUE;
  return FALSE;
}

/* Places NAME.data/KEY/REST. */
static gboolean
place_data (const Contents *contents, Member *member, const WheelScheme *scheme, GError **error)
{
  const char *key = strchr (member->name, '/');
  const char *rest = key == NULL ? NULL : strchr (key + 1, '/');
  g_autofree char *word = rest == NULL ? NULL : g_strndup (key + 1, rest - key - 1);
  g_autofree char *headers = join (scheme->headers, contents->name);
  const struct
  {
    const char *key, *dir;
  } places[] = {
    { "purelib", scheme->purelib }, { "platlib", scheme->platlib }, { "headers", headers },
    { "scripts", scheme->scripts }, { "data", scheme->data },
  };

  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (places); i++)
    if (g_str_equal (word, places[i].key))
      {
        member->is_script = g_str_equal (word, "scripts");
        if (!member->is_script || !is_wrapper (contents, member->name))
          member->target = join (places[i].dir, rest + 1);
        return TRUE;
      }
  return refuse (error, "'%s' is of an unknown kind", member->name);
}

static gboolean
place_member (const Contents *contents, Member *member, const WheelScheme *scheme, GError **error)
{
  gsize top = strcspn (member->name, "/");
  gsize length = strlen (contents->dist_info);

  if (top >= 5 && strncmp (member->name + top - 5, ".data", 5) == 0)
    return place_data (contents, member, scheme, error);
  if (top != length || strncmp (member->name, contents->dist_info, length) != 0
      || !g_strv_contains (generated, member->name + length + 1))
    member->target = join (contents->lib, member->name);
  return TRUE;
}

/* Refuses what would take the place of that which makes the environment one. */
static gboolean
check_env (const char *target, GError **error)
{
  return !names_makes_env (target)
         || refuse (error, "'%s' is the environment's own, and not to be replaced", target);
}

/* Refuses a wheel that brings along what is made for it.  Scripts that differ
 * in case only have always been accepted. */
static gboolean
check_generated (const Names *names, const Contents *contents, const WheelScheme *scheme,
                 GError **error)
{
  for (guint i = 0; generated[i] != NULL; i++)
    {
      g_autofree char *path =
          g_strdup_printf ("%s/%s/%s", contents->lib, contents->dist_info, generated[i]);

      if (names_has (names, path))
        return refuse (error, "'%s' is there twice", path);
    }
  for (guint i = 0; i < contents->scripts->len; i++)
    {
      WheelScript *script = g_ptr_array_index (contents->scripts, i);
      g_autofree char *path = join (scheme->scripts, script->name);

      if (names_has (names, path))
        return refuse (error, "'%s' is there twice", path);
      if (!check_env (path, error))
        return FALSE;
    }
  return TRUE;
}

/* Decides where each file goes; refuses two that want to be one. */
gboolean
place_members (Contents *contents, const WheelScheme *scheme, GError **error)
{
  g_autoptr (Names) names = names_new ();

  for (guint i = 0; i < contents->members->len; i++)
    {
      Member *member = g_ptr_array_index (contents->members, i);

      if (!place_member (contents, member, scheme, error)
          || (member->target != NULL
              && (!check_env (member->target, error) || !names_add (names, member->target, error))))
        return FALSE;
    }
  return check_generated (names, contents, scheme, error);
}
