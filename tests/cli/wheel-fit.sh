# SPDX-License-Identifier: BSD-2-Clause
# A wheel for another Python: the newest that fits is taken, what does not fit is
# refused by name, and --check knows it when it is there.
. "${srcdir:-.}/tests/lib.sh" || exit 1

find_base real
version=$("$base" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
lib=lib/python${version%.*}/site-packages
mk () { "$VENVB" -p "$base" "$@"; }
with () { local dir=$1; shift; mk --plugin="pip,wheel-dir=$dir" "$@"; }
installed () { find "$1/$lib" -maxdepth 1 -name "${2-pip}-*.dist-info" -printf '%f\n' | xargs; }
dir () # DIR PIP-VERSION [METADATA-LINE...]
{
  mkdir -p "$1" && make_wheel "$1" setuptools 99.1 && make_wheel "$1" pip "${@:2}"
}
renamed () { mv "$1/pip-$2-py3-none-any.whl" "$1/pip-$2-$3.whl"; } # DIR VERSION TAG

# By what it requires.
dir folded 99.1 'Requires-Python: >=3.6
 ,<3.6.1'
dir folded 97.0 'Requires-Python: >=3.6'
mk --plugin=pip,wheel-dir=folded e0
is 'a header goes on in the next line' "$(installed e0)" pip-97.0.dist-info
dir both 99.1 'Requires-Python: >=3.99'
dir both 97.0 'Requires-Python: >=3.6,<4.0.0.dev0'
dir both 98.0 'Requires-Python: >=3.6,!=3.0.*'
dir both 98.1rc1 'Requires-Python: >=3.6'
mk -v --plugin=pip,wheel-dir=both e1 >said 2>&1
is 'the newest that fits is taken' "$(installed e1)" pip-98.0.dist-info
check '... --verbose says why' grep -qF "wheel 'pip-99.1-py3-none-any.whl' does not fit: it needs Python >=3.99, this is $version" said
check '... from the cache, too' with both e2
is '... the same' "$(installed e2)" pip-98.0.dist-info
check '... without the cache, too' with both --no-cache e3
is '... the same ones' "$(installed e3)" pip-98.0.dist-info
dir only 99.1 'Requires-Python: >=3.99'
refused="wheel 'pip-99.1-py3-none-any.whl' does not fit: it needs Python >=3\.99, this is $version; put one that fits into wheel-dir '$PWD/only'"
check_fails 'alone it is refused' 1 "$refused" with only bad
check_fails '... again' 1 "$refused" with only bad
check_fails '... without the cache' 1 "$refused" with only --no-cache bad
check '... and nothing is left' test ! -e bad
is '... in the cache, either' "$(grep -l 99.1 "$XDG_CACHE_HOME"/venvb/*/images/*/manifest)" \
  "$(grep -l 'setuptools.*99.1' "$XDG_CACHE_HOME"/venvb/*/images/*/manifest)"

for note in "$XDG_CACHE_HOME"/venvb/*/hashes/*; do truncate -s -1 "$note"; done
check_fails '... whatever is left of what was remembered' 1 "$refused" with only bad
check_fails 'an upgrade with it' 1 "$refused" with only --upgrade e2
is '... leaves what was there' "$(installed e2)" pip-98.0.dist-info
dir odd 99.2 'Requires-Python: >=3.99.*'
check 'what can not be understood is no obstacle, as for pip' with odd e5
is '... it is there' "$(installed e5)" pip-99.2.dist-info
dir pre 99.3 'Requires-Python: <3'
dir pre 99.4b1
check 'a pre-release, where nothing else fits' with pre e6
is '... is there' "$(installed e6)" pip-99.4b1.dist-info

# By its tag.
dir tagged 97.0; renamed tagged 97.0 py2.py3-none-any
dir tagged 98.0; renamed tagged 98.0 cp27-none-any
dir tagged 99.0; renamed tagged 99.0 py3-none-win_amd64
check 'tags: the newest that fits' with tagged e7
is '... is taken' "$(installed e7)" pip-97.0.dist-info
dir foreign 97.0; renamed foreign 97.0 cp27-none-any
check_fails 'alone it is refused by its tag' 1 \
  "wheel 'pip-97.0-cp27-none-any.whl' does not fit: its tag cp27-none-any is not for .* ${version%.*}" with foreign bad
cmp -s foreign/pip-97.0-*.whl tagged/pip-97.0-*.whl || cp tagged/pip-97.0-*.whl foreign/pip-97.0-cp27-none-any.whl
check_fails '... though the cache has its image' 1 'its tag cp27-none-any is not for' with foreign bad
check '... and nothing is left of that' test ! -e bad
dir builds 97.0
mv builds/pip-97.0-py3-none-any.whl builds/pip-97.0-9-py3-none-any.whl
cp builds/pip-97.0-9-py3-none-any.whl builds/pip-97.0-10-py3-none-any.whl
cp builds/pip-97.0-9-py3-none-any.whl builds/pip-97.0-py3-none-any.whl
with builds --json e8 >json
check 'of several builds the highest' grep -q 'builds/pip-97\.0-10-py3-none-any\.whl' json

# setuptools, by its own plugin; other wheels by way of it.
mkdir tools
make_wheel tools setuptools 1.0 'Requires-Python: >=3.6'
make_wheel tools setuptools 1.1 'Requires-Python: >=3.99'
tools () { "$VENVB" -p "$base" --without-pip --plugin="setuptools,wheel-dir=tools$1" "$2"; }
check 'setuptools: the newest that fits' tools '' s1
is '... is taken' "$(installed s1 setuptools)" setuptools-1.0.dist-info
check_fails 'a version that is asked for and does not fit' 1 \
  "wheel 'setuptools-1.1-py3-none-any.whl' does not fit: it needs Python >=3.99, this is $version" tools ,version=1.1 bad
check '... and nothing is left of it' test ! -e bad

# The pip of a new Python can't start in an old one.
. "$srcdir/tests/cli/fidelity.inc"
discover >pythons
old=$(sed -n 's/^3\.6\.[0-9]* //p' pythons | head -n 1)
real=$(while read -r _ python; do
         ls "$("$python" -c 'import os; print(os.path.dirname(os.__file__))')"/ensurepip/_bundled/pip-*.whl
       done <pythons 2>/dev/null | sort -V -t / -k 1.1 | tail -n 1)
if [ -n "$old" ] && [ -n "$real" ] && ! unzip -p "$real" '*.dist-info/METADATA' | grep -q '^Requires-Python: >=3.6'; then
  mkdir real; cp "$real" real/; make_wheel real setuptools 1.0
  check_fails "${real##*/} and Python 3.6" 1 "wheel '${real##*/}' does not fit: it needs Python >=3" \
    "$VENVB" -p "$old" --plugin=pip,wheel-dir=real bad
else
  skip 'a real pip that is too new' 'no Python 3.6 here, or no newer pip'
fi

# What is there already.
sound () { "$VENVB" --check "$1" >said 2>&1; }
check '--check: what fits is sound' sound e1
info=$lib/$(installed e1)
sed -i 's/^Requires-Python: .*/Requires-Python: >=3.99/' "e1/$info/METADATA"
check '--check: a pip that requires another Python is not' sh -c '! "$1" --check e1 >said 2>&1' - "$VENVB"
check '... it says why' grep -qF "'e1': pip does not fit this Python: it needs Python >=3.99, this is $version" said
check '... and what mends it' grep -q "to mend it: venvb --repair '$PWD/e1'" said
check '... which does' mk --clear e1
check '... it is sound' sound e1
setuptools=$(installed s1 setuptools)
sed -i 's/^Tag: .*/Tag: cp27-none-any\nTag: cp26-none-any/' "s1/$lib/$setuptools/WHEEL"
check '--check: so is what was built for another' sh -c '! "$1" --check s1 >said 2>&1' - "$VENVB"
check '... it tells the tag' grep -q "setuptools does not fit this Python: its tag cp27-none-any is not for .* ${version%.*} on " said
check '... and the command' grep -q 's1/bin/python -m pip install --ignore-installed --no-deps setuptools==' said
printf 'Tag: py3-none-any\n' >>"s1/$lib/$setuptools/WHEEL"
check '... one tag that fits is enough' sh -c '"$1" --check s1 >said 2>&1; ! grep "does not fit" said' - "$VENVB"
rm "s1/$lib/$setuptools/"{WHEEL,METADATA,RECORD,INSTALLER,REQUESTED} 2>/dev/null
check '... and what tells nothing is for any' sound s1
finish
