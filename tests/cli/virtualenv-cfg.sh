# shellcheck shell=bash
# The plugin virtualenv-cfg: the keys of virtualenv, as virtualenv itself has them.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
run () { "$VENVB" --without-pip --plugin=virtualenv-cfg "$@"; }
key () { sed -n "s/^$2 = //p" "$1/pyvenv.cfg"; } # DIR KEY

find_base real && use_only_base
check "an environment" run env
is "version_info is that of Python" "$(key env version_info)" \
   "$(env/bin/python -c 'import sys; print(".".join(map(str, sys.version_info)))')"
is "implementation, too" "$(key env implementation)" \
   "$(env/bin/python -c 'import platform; print(platform.python_implementation())')"
is "python-version" "$(key env python-version)" "$(env/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
is "base-executable is the base's" "$("$(key env base-executable)" -c 'import sys; print(sys.prefix)')" \
   "$(env/bin/python -c 'import sys; print(sys.base_prefix)')"
is "no key is there twice" "$(sed 's/ =.*//' env/pyvenv.cfg | sort | uniq -d)" ""
"$VENVB" --without-pip plain
is "all else is as without" "$(grep -v '^implementation\|^python-version\|^version_info\|^base-exec' env/pyvenv.cfg | sed 's/ env$/ plain/; s,/env$,/plain,; s/--plugin=virtualenv-cfg //')" \
   "$(cat plain/pyvenv.cfg)"
check "the environment works" works env
touch -r env/pyvenv.cfg mark
check "once more" run env
check "changes nothing" test ! env/pyvenv.cfg -nt mark -a ! env/pyvenv.cfg -ot mark
check "with --upgrade" run --upgrade env
is "the keys are there" "$(key env version_info | grep -c .)" 1
check "with system site-packages, for which the file is written twice" run --system-site-packages both
is "the keys are there once" "$(grep -c '^version_info' both/pyvenv.cfg)" 1

# The health check of pre-commit, where it is.
if python3 -c 'import pre_commit.languages.python' 2>/dev/null; then
  is "pre-commit finds nothing wrong" "$(python3 - "$PWD" <<'END'
import os, sys
from pre_commit.languages import python
from pre_commit.prefix import Prefix
version = '.'.join(map(str, sys.version_info[:2]))
os.rename('env', python.ENVIRONMENT_DIR + '-default')
print(python.health_check(Prefix(sys.argv[1]), 'default'))
END
)" None
else
  skip "pre-commit finds nothing wrong" "there is no pre-commit"
fi

finish
