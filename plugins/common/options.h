/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins say of their options. */

#pragma once

#include "venvb-plugin.h"

/* Sets an error about an option, and returns FALSE: what is wrong, and with
 * which value, which may be NULL. */
static inline gboolean
fail_option (GError **error, const char *what, const char *value)
{
  if (value == NULL)
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_OPTION, what);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s '%s'", what, value);
  return FALSE;
}
