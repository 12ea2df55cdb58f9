/* SPDX-License-Identifier: BSD-2-Clause */

/* Who is asked, by which way: what this run was told, else pip's settings, else what
 * variables say for all programs. */

#include "fetch/room.h"

#include "base/home.h"
#include "base/regular.h"
#include "base/secret.h"

#include <string.h>
#include <unistd.h>

#define TIMEOUT 30

void
settings_free (Settings *settings)
{
  g_free (settings->index_url);
  g_free (settings->proxy);
  g_free (settings->ca_file);
  g_free (settings->client_cert);
  g_strfreev (settings->hosts);
  g_strfreev (settings->http_hosts);
  g_ptr_array_unref (settings->credentials);
  g_free (settings->netrc);
  g_free (settings);
}

/* The first of these that says something: free with g_free(). */
static char *
first_of (const char *one, const char *other, const char *last)
{
  const char *const all[] = { one, other, last };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != NULL && all[i][0] != '\0')
      return g_strdup (all[i]);
  return NULL;
}

/* The user's .netrc, if it is his. */
static char *
read_netrc (void)
{
  const char *named = venvb_getenv ("NETRC");
  g_autofree char *own = home_path (".netrc");
  const char *path = named != NULL && named[0] != '\0' ? named : own;
  g_auto (Regular) file = { .fd = -1 };
  gsize length;

  if (path == NULL || !regular_open_path (&file, path)
      || (file.st.st_uid != 0 && file.st.st_uid != geteuid ()))
    return NULL;
  return regular_read (&file, &length);
}

/* Hosts that pip trusts without TLS, too. */
static char **
http_hosts_of (const FetchOptions *options, const char *pips)
{
  GPtrArray *hosts = g_ptr_array_new ();
  g_auto (GStrv) words = g_strsplit_set (pips != NULL ? pips : "", " \t\n", -1);

  for (guint i = 0; options->http_hosts != NULL && options->http_hosts[i] != NULL; i++)
    g_ptr_array_add (hosts, g_strdup (options->http_hosts[i]));
  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_ptr_array_add (hosts, g_strdup (words[i]));
  g_ptr_array_add (hosts, NULL);
  return (char **) g_ptr_array_free (hosts, FALSE);
}

/* An index is asked by its URL with a slash at the end; who asks, is noted. */
static gboolean
take_index (Settings *settings, const char *text, GError **error)
{
  g_autoptr (CURLU) url = NULL;
  g_autofree char *full = NULL;
  g_autofree char *masked = NULL;

  if (text == NULL)
    return TRUE;
  url = address_parse (NULL, text);
  if (url == NULL)
    {
      /* What comes before the host may be a password, also where that is no URL. */
      masked = secret_mask (strrchr (text, '@') != NULL ? strrchr (text, '@') + 1 : text);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "index-url: '%s' is not a URL", masked);
      return FALSE;
    }
  credentials_take (settings, url);
  full = address_text (url);
  settings->index_url =
      g_str_has_suffix (full, "/") ? g_steal_pointer (&full) : g_strconcat (full, "/", NULL);
  if (address_check (settings, url, error))
    return TRUE;
  g_prefix_error (error, "index-url: ");
  return FALSE;
}

static gboolean
is_keyring (const char *provider)
{
  return g_strcmp0 (provider, "subprocess") == 0;
}

/* As pip reads what is on or off. */
static gboolean
is_true (const char *value)
{
  static const char *const words[] = { "1", "y", "yes", "t", "true", "on", NULL };
  g_autofree char *word = value == NULL ? NULL : g_ascii_strdown (value, -1);

  return word != NULL && g_strv_contains (words, word);
}

/* What is to be done with what was told; NULL with error set when that can't be. */
Settings *
settings_new (const FetchOptions *options, GError **error)
{
  g_autoptr (GHashTable) pips =
      options->not_pips ? g_hash_table_new (g_str_hash, g_str_equal) : pipconf_read ();
  g_autoptr (Settings) settings = g_new0 (Settings, 1);
  const char *timeout = g_hash_table_lookup (pips, "timeout");
  gboolean no_index = options->no_index || is_true (g_hash_table_lookup (pips, "no-index"));
  g_autofree char *index =
      no_index ? g_strdup (options->index_url)
               : first_of (options->index_url, g_hash_table_lookup (pips, "index-url"),
                           options->fallback_index_url);

  settings->credentials = g_ptr_array_new_with_free_func (credentials_free);
  settings->proxy = first_of (options->proxy, g_hash_table_lookup (pips, "proxy"), NULL);
  settings->ca_file = first_of (options->ca_file, g_hash_table_lookup (pips, "cert"),
                                venvb_getenv ("SSL_CERT_FILE"));
  settings->client_cert =
      first_of (options->client_cert, g_hash_table_lookup (pips, "client-cert"), NULL);
  settings->hosts = options->hosts != NULL && options->hosts[0] != NULL
                        ? g_strdupv ((char **) options->hosts)
                        : NULL;
  settings->http_hosts = http_hosts_of (options, g_hash_table_lookup (pips, "trusted-host"));
  settings->timeout = options->timeout > 0 ? options->timeout
                      : timeout != NULL
                          ? (guint) CLAMP (g_ascii_strtoll (timeout, NULL, 10), 1, 3600)
                          : TIMEOUT;
  settings->keyring =
      options->keyring || is_keyring (g_hash_table_lookup (pips, "keyring-provider"));
  settings->netrc = read_netrc ();
  return take_index (settings, index, error) ? g_steal_pointer (&settings) : NULL;
}
