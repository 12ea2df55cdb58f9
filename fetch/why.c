/* SPDX-License-Identifier: BSD-2-Clause */

/* What is said besides what a server or libcurl says: by which way it was asked, and what can
 * be done. */

#include "fetch/room.h"

#include "base/programs.h"
#include "base/secret.h"

/* What is to be said where a server wants to know who asks: free with g_free(). */
char *
why_who (Request *request)
{
  const Settings *settings = request->settings;
  g_autofree char *keyring = settings->keyring ? programs_find ("keyring") : NULL;
  const Credential *known = credentials_for (request->settings, request->url);

  if (known != NULL && known->password[0] != '\0')
    return g_strdup ("it does not take the user and password that the URL, .netrc or keyring has "
                     "for it");
  return g_strdup_printf ("it wants to know who asks, and neither the URL nor .netrc says so%s",
                          !settings->keyring ? "; keyring was not asked"
                          : keyring == NULL  ? "; there is no program keyring on PATH"
                                             : ", nor does keyring");
}

/* The way that was tried, and whose certificates count, where it failed there: free with
 * g_free(). */
char *
why_way (const Request *request, CURLcode code, const char *text)
{
  const Settings *settings = request->settings;
  g_autofree char *proxy = settings->proxy == NULL ? NULL : secret_mask (settings->proxy);
  gboolean is_connecting = code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_PROXY
                           || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_RECV_ERROR;

  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return g_strdup_printf (
        "%s; what counts are the certificates of %s%s%s (ca-file=FILE names others)", text,
        settings->ca_file != NULL ? "'" : "the system",
        settings->ca_file != NULL ? settings->ca_file : "", settings->ca_file != NULL ? "'" : "");
  if (proxy != NULL && is_connecting)
    return g_strdup_printf ("%s, by way of the proxy '%s'", text, proxy);
  return g_strdup (text);
}
