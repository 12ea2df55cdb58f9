# SPDX-License-Identifier: BSD-2-Clause
"""CPython's own tests of venv, run on the module venvb.

venv.EnvBuilder, venv.create and venv.main are exchanged for venvb's; the tests are those of
the interpreter that runs this, as they are.  After TAP comes a line with how many passed,
were skipped, failed and are excused.
"""

import sys
import unittest

import tap

#: {version: {test: why}}.  Only for what looks at the inside of the standard library's
#: module, at most three for each version.  There is none.
EXCUSED = {}


def main():
    try:
        from test import support, test_venv
    except ImportError as error:
        print("1..0 # SKIP this Python has no tests: %s" % error)
        return 0
    import venv

    import venvb

    venv.EnvBuilder, venv.create, venv.main = venvb.EnvBuilder, venvb.create, venvb.main
    if getattr(support, "use_resources", None) is None:
        support.use_resources = ["cpu"]
    loader = unittest.defaultTestLoader
    tests = loader.loadTestsFromModule(test_venv)
    if len(sys.argv) > 1:
        tests = loader.loadTestsFromNames(sys.argv[1:], test_venv)
    excused = EXCUSED.get(sys.version_info[:2], {})
    assert len(excused) <= 3
    result = tap.run(tests, excused)
    version = "%d.%d.%d" % sys.version_info[:3]
    print("# table %s " % version + " ".join("%s=%d" % (k, result.figures[k]) for k in tap.KINDS))
    return 1 if result.figures["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
