// SPDX-License-Identifier: BSD-2-Clause

// A plugin in C++: writes a greeting to each new environment.

#include <venvb-plugin.h>

#include <string>

namespace {

struct Greet
{
  std::string text = "hello\n";
};

gboolean load (gpointer *self, GError **) noexcept
{
  *self = new Greet;
  return TRUE;
}

gboolean set_option (gpointer self, const char *key, const char *value, GError **error) noexcept
{
  if (std::string (key) != "text")
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
      return FALSE;
    }
  static_cast<Greet *> (self)->text = value;
  return TRUE;
}

gboolean post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error) noexcept
{
  const auto &text = static_cast<const Greet *> (self)->text;

  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "greeting", text.data (), text.size (), 0666, error);
}

void unload (gpointer self) noexcept
{
  delete static_cast<Greet *> (self);
}

} // namespace

VENVB_PLUGIN (.name = "greet", .version = "0.1", .summary = "write a greeting to each environment",
              .options_help = "text=TEXT  what to write", .load = load, .set_option = set_option,
              .unload = unload, .post_setup = post_setup)
