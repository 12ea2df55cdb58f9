/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <venvb-plugin.h>

/* Go can't call functions with a variable number of arguments. */
static inline void
greet_set_option_error (GError **error, const char *message)
{
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_OPTION, message);
}
