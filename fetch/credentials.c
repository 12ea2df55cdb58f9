/* SPDX-License-Identifier: BSD-2-Clause */

/* Who may get which credentials: the scheme, host and port that they are for, and nobody
 * else. */

#include "fetch/room.h"

#include "base/programs.h"
#include "base/secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MOST 65536 /* of what a program says */

void
credentials_free (gpointer data)
{
  Credential *credential = data;

  g_free (credential->origin);
  g_free (credential->user);
  g_free (credential->password);
  g_free (credential);
}

static Credential *
find (const Settings *settings, const char *origin)
{
  for (guint i = 0; i < settings->credentials->len; i++)
    {
      Credential *credential = settings->credentials->pdata[i];

      if (g_str_equal (credential->origin, origin))
        return credential;
    }
  return NULL;
}

static const Credential *
add (Settings *settings, const char *origin, const char *user, const char *password)
{
  Credential *credential = g_new0 (Credential, 1);

  credential->origin = g_strdup (origin);
  credential->user = g_strdup (user != NULL ? user : "");
  credential->password = g_strdup (password != NULL ? password : "");
  if (credential->password[0] != '\0')
    secret_learn (credential->password);
  g_ptr_array_add (settings->credentials, credential);
  return credential;
}

/* Takes what a URL has before its host: from now on it is without.  The first that is
 * known for a server holds.  Tells whether there was any. */
gboolean
credentials_take (Settings *settings, CURLU *url)
{
  g_autofree char *user = address_part (url, CURLUPART_USER);
  g_autofree char *password = address_part (url, CURLUPART_PASSWORD);
  g_autofree char *origin = address_origin (url);

  curl_url_set (url, CURLUPART_USER, NULL, 0);
  curl_url_set (url, CURLUPART_PASSWORD, NULL, 0);
  if (user == NULL && password == NULL)
    return FALSE;
  if (find (settings, origin) == NULL)
    add (settings, origin, user, password);
  return TRUE;
}

/* --- .netrc ------------------------------------------------------------- */

/* The next word, which may be in quotes; NULL at the end: free with g_free(). */
static char *
next_word (const char **text)
{
  const char *at = *text + strspn (*text, " \t\r\n");
  g_autoptr (GString) word = g_string_new (NULL);
  gboolean is_quoted = *at == '"';

  if (*at == '\0')
    return NULL;
  for (at += is_quoted; *at != '\0'; at++)
    {
      if (is_quoted ? *at == '"' : g_ascii_isspace (*at))
        break;
      if (*at == '\\' && is_quoted && at[1] != '\0')
        at++;
      g_string_append_c (word, *at);
    }
  *text = *at == '"' && is_quoted ? at + 1 : at;
  return g_strdup (word->str);
}

/* What a macro does goes on to an empty line. */
static void
skip_macro (const char **text)
{
  const char *end = strstr (*text, "\n\n");

  *text = end != NULL ? end : *text + strlen (*text);
}

/* Finds a host's words.  "default" is for everybody, and therefore for nobody. */
static gboolean
find_in_netrc (const char *text, const char *host, char **user, char **password)
{
  gboolean is_it = FALSE, found = FALSE;

  for (char *word; (word = next_word (&text)) != NULL; g_free (word))
    {
      gboolean is_machine = g_str_equal (word, "machine");
      gboolean has_value = is_machine || g_str_equal (word, "login")
                           || g_str_equal (word, "password") || g_str_equal (word, "account");
      g_autofree char *value = has_value ? next_word (&text) : NULL;

      if (g_str_equal (word, "macdef"))
        skip_macro (&text);
      if (is_machine || g_str_equal (word, "default"))
        {
          if (found)
            return g_free (word), TRUE;
          is_it = is_machine && value != NULL && g_ascii_strcasecmp (value, host) == 0;
          found = found || is_it;
        }
      else if (is_it && g_str_equal (word, "login"))
        {
          g_free (*user);
          *user = g_steal_pointer (&value);
        }
      else if (is_it && g_str_equal (word, "password"))
        {
          g_free (*password);
          *password = g_steal_pointer (&value);
        }
    }
  return found;
}

/* What is known for who is asked, borrowed; or NULL. */
const Credential *
credentials_for (Settings *settings, CURLU *url)
{
  g_autofree char *origin = address_origin (url);
  g_autofree char *host = address_part (url, CURLUPART_HOST);
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;
  const Credential *known = find (settings, origin);

  if (known != NULL)
    return known;
  if (settings->netrc == NULL || host == NULL
      || !find_in_netrc (settings->netrc, host, &user, &password))
    return NULL;
  return add (settings, origin, user, password);
}

/* --- keyring ------------------------------------------------------------ */

/* Reads a line, until the program is over or the time is; NULL when it is not. */
static char *
read_line (int fd, guint seconds)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  g_autoptr (GString) out = g_string_new (NULL);
  char part[256];

  while (out->len < LINE_MOST)
    {
      gint64 left = (deadline - g_get_monotonic_time ()) / 1000;
      struct pollfd polled = { fd, POLLIN, 0 };
      int ready = left <= 0 ? 0 : poll (&polled, 1, (int) left);
      ssize_t n = ready <= 0 ? -1 : read (fd, part, sizeof part);

      if (n == 0)
        {
          out->str[strcspn (out->str, "\r\n")] = '\0';
          return g_strdup (out->str);
        }
      if (n > 0)
        g_string_append_len (out, part, n);
      else if (ready == 0 || errno != EINTR)
        break;
    }
  return NULL;
}

/* Waits for a program that has said all; one that has not is ended. */
static gboolean
is_well (GPid pid, gboolean has_ended)
{
  int status = 1;

  if (!has_ended)
    kill (pid, SIGKILL);
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  return has_ended && status == 0;
}

/* What it says, with the user's own PATH; NULL where it knows nothing, or says nothing in
 * time, as one that shows a question and has nobody to answer it. */
static char *
run_keyring (const char *service, const char *user, guint seconds)
{
  g_autofree char *program = programs_find ("keyring");
  char *argv[] = { program, "get", (char *) service, (char *) user, NULL };
  g_auto (GStrv) envp = programs_environ (g_get_environ ());
  g_autofree char *out = NULL;
  GPid pid;
  int fd = -1;

  if (program == NULL
      || !g_spawn_async_with_pipes (NULL, argv, envp,
                                    G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                    NULL, &pid, NULL, &fd, NULL, NULL))
    return NULL;
  out = read_line (fd, seconds);
  close (fd);
  if (!is_well (pid, out != NULL) || out[0] == '\0')
    return NULL;
  return g_steal_pointer (&out);
}

/* Asks the program "keyring", where that is wanted, after a server has refused: by the URL,
 * then by the host, for the user whose name is known.  NULL where it knows nothing. */
const Credential *
credentials_ask (Settings *settings, CURLU *url)
{
  g_autofree char *origin = address_origin (url);
  g_autofree char *host = address_part (url, CURLUPART_HOST);
  Credential *known = find (settings, origin);
  g_autofree char *user =
      g_strdup (known != NULL && known->user[0] != '\0' ? known->user : "__token__");
  g_autofree char *service = g_strdup (settings->index_url);
  g_autofree char *password = NULL;

  if (!settings->keyring || host == NULL || (known != NULL && known->password[0] != '\0'))
    return NULL;
  if (service != NULL)
    {
      g_autoptr (CURLU) index = address_parse (NULL, service);
      g_autofree char *its = address_origin (index);

      if (g_str_equal (its, origin))
        password = run_keyring (service, user, settings->timeout);
    }
  if (password == NULL)
    password = run_keyring (host, user, settings->timeout);
  if (password == NULL)
    return NULL;
  if (known != NULL)
    g_ptr_array_remove (settings->credentials, known);
  return add (settings, origin, user, password);
}
