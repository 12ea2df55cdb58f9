/* SPDX-License-Identifier: BSD-2-Clause */

/* How old a file has to be. */

#include "lock/lock.h"

#include <string.h>

/* Days, hours and so on before now, or a date: seconds since 1970, or 0 for neither. */
gint64
age_read (const char *text)
{
  static const struct
  {
    const char *unit;
    gint64 seconds;
  } units[] = { { "h", 3600 }, { "d", 86400 }, { "w", 7 * 86400 } };
  g_autofree char *full =
      strchr (text, 'T') != NULL ? g_strdup (text) : g_strconcat (text, "T00:00:00Z", NULL);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (full, utc);
  char *end;
  gint64 number = g_ascii_strtoll (text, &end, 10);

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_isdigit (*text) && g_str_equal (end, units[i].unit) && number < 10000)
      return g_get_real_time () / G_USEC_PER_SEC - number * units[i].seconds;
  return date == NULL ? 0 : MAX (g_date_time_to_unix (date), 1);
}
