/* SPDX-License-Identifier: BSD-2-Clause */

#include "values.h"

#include <string.h>

const char *
values_reason (const GError *cause)
{
  const char *colon = g_strrstr (cause->message, ": ");

  return colon != NULL ? colon + strlen (": ") : cause->message;
}
