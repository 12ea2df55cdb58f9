/* SPDX-License-Identifier: BSD-2-Clause */

/* What an index has of a project: its page, as HTML (PEP 503).  Files are known by hashes
 * that come from elsewhere, so that it matters little what a page says. */

#include "fetch/room.h"

#include <string.h>

void
page_link_free (gpointer data)
{
  FetchLink *link = data;

  g_free (link->name);
  g_free (link->url);
  g_free (link->hash);
  g_free (link);
}

/* What the entities stand for that are met in URLs. */
static char *
decode (const char *text, gsize length)
{
  static const char *const entities[][2] = { { "&amp;", "&" },  { "&#38;", "&" },
                                             { "&#x26;", "&" }, { "&quot;", "\"" },
                                             { "&#39;", "'" },  { "&lt;", "<" },
                                             { "&gt;", ">" },   { "&#43;", "+" } };
  g_autoptr (GString) out = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    {
      guint which = 0;

      while (which < G_N_ELEMENTS (entities)
             && strncmp (text + i, entities[which][0], strlen (entities[which][0])) != 0)
        which++;
      if (text[i] != '&' || which == G_N_ELEMENTS (entities))
        g_string_append_c (out, text[i]);
      else
        {
          g_string_append (out, entities[which][1]);
          i += strlen (entities[which][0]) - 1;
        }
    }
  return g_strdup (out->str);
}

/* The value of href in a tag, which ends where it ends: free with g_free(); or NULL. */
static char *
href_of (const char *tag, const char *end)
{
  for (const char *at = tag; at + 5 < end; at++)
    {
      const char *value = at + 4;
      const char *stop;

      if (g_ascii_strncasecmp (at, "href", 4) != 0 || !g_ascii_isspace (at[-1]))
        continue;
      value += strspn (value, " \t\r\n");
      if (*value != '=')
        continue;
      value++;
      value += strspn (value, " \t\r\n");
      if (*value == '"' || *value == '\'')
        {
          stop = memchr (value + 1, *value, (gsize) (end - value - 1));
          return stop == NULL ? NULL : decode (value + 1, (gsize) (stop - value - 1));
        }
      stop = value;
      while (stop < end && !g_ascii_isspace (*stop))
        stop++;
      return decode (value, (gsize) (stop - value));
    }
  return NULL;
}

/* What a link leads to, relative to its page; NULL where that is no file. */
static FetchLink *
link_of (CURLU *page, const char *href)
{
  g_autoptr (CURLU) url = address_parse (page, href);
  g_autofree char *path = address_part (url, CURLUPART_PATH);
  const char *slash = path == NULL ? NULL : strrchr (path, '/');
  const char *fragment = strchr (href, '#');
  g_autofree char *name = slash == NULL ? NULL : g_uri_unescape_string (slash + 1, "/");
  FetchLink *link;

  if (name == NULL || name[0] == '\0')
    return NULL;
  link = g_new0 (FetchLink, 1);
  link->name = g_steal_pointer (&name);
  link->url = address_text (url);
  link->hash = fragment != NULL && strchr (fragment, '=') != NULL
                   ? g_ascii_strdown (fragment + 1, (gssize) strcspn (fragment + 1, "&"))
                   : NULL;
  return link;
}

/* Tells whether a tag has this name; what follows it is in *rest. */
static gboolean
is_tag (const char *at, const char *stop, const char *name, const char **rest)
{
  gsize length = strlen (name);

  *rest = at + 1 + length;
  return (gsize) (stop - at) > length && g_ascii_strncasecmp (at + 1, name, length) == 0
         && g_ascii_isspace (**rest);
}

/* The end of a tag, or of a comment, in which no link counts; NULL when there is none. */
static const char *
end_of (const char *at, const char *end)
{
  if (end - at >= 4 && strncmp (at, "<!--", 4) == 0)
    {
      const char *stop = g_strstr_len (at + 4, end - at - 4, "-->");

      return stop == NULL ? NULL : stop + 2;
    }
  return memchr (at, '>', (gsize) (end - at));
}

/* All links of a page: FetchLink.  Where it has a base, they are relative to that. */
GPtrArray *
page_links (CURLU *url, const char *text, gsize length)
{
  GPtrArray *links = g_ptr_array_new_with_free_func (page_link_free);
  g_autoptr (CURLU) base = NULL;
  const char *end = text + length;

  for (const char *at = text; (at = memchr (at, '<', (gsize) (end - at))) != NULL; at++)
    {
      const char *stop = end_of (at, end), *rest;
      g_autofree char *href = NULL;
      FetchLink *link;

      if (stop == NULL)
        break;
      if (base == NULL && is_tag (at, stop, "base", &rest))
        {
          href = href_of (rest, stop);
          base = href == NULL ? NULL : address_parse (url, href);
        }
      if (!is_tag (at, stop, "a", &rest))
        {
          at = at[1] == '!' ? stop : at;
          continue;
        }
      href = href_of (rest, stop);
      link = href == NULL ? NULL : link_of (base != NULL ? base : url, href);
      if (link != NULL)
        g_ptr_array_add (links, link);
      at = stop;
    }
  return links;
}
