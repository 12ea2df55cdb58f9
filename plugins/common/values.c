/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "values.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

gboolean
values_flag (const char *key, const char *value, gboolean *flag, GError **error)
{
  static const char *const words[] = { "", "no", "yes", "false", "true", "off", "on", "0", "1" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (value, words[i]) == 0)
      {
        *flag = i % 2 == 0;
        return TRUE;
      }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s is 'yes' or 'no', not '%s'", key, value);
  return FALSE;
}

char *
values_file (const char *key, const char *value, GError **error)
{
  int failed = 0;

  if (value[0] == '\0')
    failed = ENOENT;
  else if (g_file_test (value, G_FILE_TEST_IS_DIR))
    failed = EISDIR;
  else if (access (value, R_OK) < 0)
    failed = errno;
  if (failed == 0)
    return g_canonicalize_filename (value, NULL);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "cannot read %s '%s': %s", key, value,
               g_strerror (failed));
  return NULL;
}

char *
values_dir (const char *key, const char *value, GError **error)
{
  struct stat st;
  int failed = stat (value, &st) < 0 ? errno : S_ISDIR (st.st_mode) ? 0 : ENOTDIR;

  if (failed == 0)
    return g_canonicalize_filename (value, NULL);
  g_autofree char *shown = values_shown (value);
  if (failed == ENOENT || failed == ENOTDIR)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s '%s' is not a directory", key, shown);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "cannot read %s '%s': %s", key, shown,
                 g_strerror (failed));
  return NULL;
}

const char *
values_reason (const GError *cause)
{
  const char *colon = g_strrstr (cause->message, ": ");

  return colon != NULL ? colon + strlen (": ") : cause->message;
}

char *
values_shown (const char *value)
{
  const char *host = strrchr (value, '@');

  return host == NULL || memchr (value, ':', host - value) == NULL
             ? g_strdup (value)
             : g_strconcat ("****", host, NULL);
}

/* Tells whether there is nothing in the text that pip, or a file of settings,
 * takes for the end of the URL. */
static gboolean
is_one_word (const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar) *text <= ' ' || *text == 0x7f)
      return FALSE;
  return TRUE;
}

gboolean
values_check_url (const char *key, const char *value, GError **error)
{
  g_autoptr (GUri) url =
      is_one_word (value)
          ? g_uri_parse (value, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL)
          : NULL;
  const char *scheme = url == NULL ? NULL : g_uri_get_scheme (url);
  gboolean is_web = g_strcmp0 (scheme, "https") == 0 || g_strcmp0 (scheme, "http") == 0;
  const char *host = url == NULL ? NULL : g_uri_get_host (url);

  if (is_web ? host != NULL && host[0] != '\0' : g_strcmp0 (scheme, "file") == 0)
    return TRUE;
  if (secret_is_in (value))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s is not a URL of https, http or file",
                 key);
  else
    {
      g_autofree char *shown = values_shown (value);

      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                   "%s '%s' is not a URL of https, http or file", key, shown);
    }
  return FALSE;
}
