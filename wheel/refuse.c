/* SPDX-License-Identifier: BSD-2-Clause */

/* How this room says no. */

#include "wheel/room.h"

/* Sets error to a reason.  Returns FALSE. */
gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (VENVB_ERROR, VENVB_ERROR_FAILED, format, args);
  va_end (args);
  return FALSE;
}
