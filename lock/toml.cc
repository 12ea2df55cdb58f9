/* SPDX-License-Identifier: BSD-2-Clause */

/* TOML 1.0, by toml++: its document as plain C structures.  Nothing is thrown out
 * of here.  That what comes with TOML 1.1 is refused is toml++'s default. */

#include "lock/node.h"

#define TOML_UNRELEASED_FEATURES 0
#include <toml++/toml.h>

#include <cstring>
#include <stdexcept>

namespace
{

/* A text that C can hold. */
char *
text_of (std::string_view text)
{
  if (text.find ('\0') != text.npos)
    throw std::runtime_error ("a text has a NUL in it");
  return g_strndup (text.data (), text.size ());
}

gint64
offset_of (const toml::date_time &when)
{
  return when.offset ? when.offset->minutes : NODE_NO_OFFSET;
}

/* Since 1970; -1 for what GLib has no date of. */
gint64
seconds_of (const toml::date_time &when)
{
  g_autoptr (GDateTime) date =
      g_date_time_new_utc (when.date.year, when.date.month, when.date.day, when.time.hour,
                           when.time.minute, when.time.second);
  gint64 offset = when.offset ? when.offset->minutes * 60 : 0;

  return date == nullptr ? -1 : g_date_time_to_unix (date) - offset;
}

NodeKind
kind_of (const toml::node &from)
{
  switch (from.type ())
    {
    case toml::node_type::string:
      return NODE_STRING;
    case toml::node_type::integer:
      return NODE_INTEGER;
    case toml::node_type::floating_point:
      return NODE_FLOAT;
    case toml::node_type::boolean:
      return NODE_BOOLEAN;
    case toml::node_type::date:
      return NODE_DATE;
    case toml::node_type::time:
      return NODE_TIME;
    case toml::node_type::date_time:
      return NODE_DATETIME;
    case toml::node_type::array:
      return NODE_ARRAY;
    default:
      return NODE_TABLE;
    }
}

/* Adds what a node holds to it; those within it are freed with it whatever is
 * thrown. */
void
fill (Node *node, const toml::node &from)
{
  auto add = [node] (const toml::node &item, std::string_view key, bool has_key) {
    g_autofree char *name = has_key ? text_of (key) : nullptr;
    Node *child = node_new (kind_of (item), item.source ().begin.line, name);

    g_ptr_array_add (node->items, child);
    fill (child, item);
  };

  if (auto text = from.as_string ())
    node->text = text_of (text->get ());
  else if (auto number = from.as_integer ())
    node->number = number->get ();
  else if (auto truth = from.as_boolean ())
    node->number = truth->get ();
  else if (auto when = from.as_date_time ())
    {
      node->number = offset_of (when->get ());
      node->seconds = seconds_of (when->get ());
    }
  else if (auto array = from.as_array ())
    for (auto &item : *array)
      add (item, {}, false);
  else if (auto table = from.as_table ())
    for (auto &&[key, item] : *table)
      add (item, key.str (), true);
}

} // namespace

extern "C" Node *
toml_read (const char *text, gsize length, char **reason, guint *line)
{
  Node *root = node_new (NODE_TABLE, 1, nullptr);

  *line = 0;
  try
    {
      const toml::table table = toml::parse (std::string_view (text, length));

      fill (root, table);
      return root;
    }
  catch (const toml::parse_error &error)
    {
      *reason = g_strndup (error.description ().data (), error.description ().size ());
      *line = error.source ().begin.line;
    }
  catch (const std::exception &error)
    {
      *reason = g_strdup (error.what ());
    }
  node_free (root);
  return nullptr;
}
