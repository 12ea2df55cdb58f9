/* SPDX-License-Identifier: BSD-2-Clause */

/* What a project asks for.  Part .python-version, and part pyproject.toml. */

#include "fuzz.h"

#include "pythons/pythons.h"

const guint fuzz_mutations = 3000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);
  g_autoptr (GError) error = NULL;
  Request *request;

  fuzz_write_parts (parts, "", 4);
  request = project_request (&error);
  fuzz_outcome (request != NULL, error);
  if (request != NULL)
    {
      MUST_OF (request->kind == REQUEST_VERSION, request->text);
      MUST_OF (request->is_named || request->demands->len > 0, request->text);
    }
  request_free (request);
  fuzz_clean ();
  return 0;
}
