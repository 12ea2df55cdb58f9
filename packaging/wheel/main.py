# SPDX-License-Identifier: BSD-2-Clause
"""``python -m venvb``: becomes the command that lies in this package."""

import os
import sys

program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", "venvb")
os.execv(program, [program] + sys.argv[1:])
