# The plugin setuptools: from the wheels found on this machine, natively and
# through pip, and from an index on this machine.
. "${srcdir:-.}/tests/lib.sh"

# A newer Python, which comes without setuptools.
new=
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.1[2-9]*/bin/python3; do
  [ -x "$python" ] && new=$python
done
# All wheels there are: those of Debian, of ensurepip and of Python's own tests.
mkdir wheels
cp /usr/share/python-wheels/*.whl wheels/ 2>/dev/null
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.*/; do
  cp "$python"lib/python3*/ensurepip/_bundled/*.whl "$python"lib/python3*/test/wheel*.whl \
     "$python"lib/python3*/test/setuptools*.whl "$python"lib/python3*/test/wheeldata/*.whl \
     wheels/ 2>/dev/null
done
versions () # PROJECT
{
  (cd wheels && ls "$1"-*.whl 2>/dev/null) | cut -d - -f 2 | sort -V
}
newest=$(versions setuptools | tail -n 1)
[ -n "$newest" ] || skip_all "no wheel of setuptools on this machine"

venvb () { "$VENVB" "$@"; }
said () { "$VENVB" -v "$@" 2>&1; }
installed () # ENV PROJECT
{
  "$1/bin/python" - "$2" <<'EOF'
import sys
from importlib import metadata
try:
    print(metadata.version(sys.argv[1]))
except metadata.PackageNotFoundError:
    print('none')
EOF
}
is_sound () # NAME ENV
{
  check "$1: pip check" "$2/bin/python" -m pip check
  check "$1: RECORD is complete" "$2/bin/python" - <<'EOF'
import base64, hashlib, sys
from importlib import metadata
files = metadata.distribution('setuptools').files
assert len(files) > 100
for file in files:
    data = file.locate().read_bytes()
    if file.hash is not None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
        assert file.hash.value == digest and int(file.size) == len(data), file
EOF
  check "$1: setuptools is imported" "$2/bin/python" -W error::ImportWarning -c 'import setuptools'
}
builds () # ENV
{
  mkdir -p "$1/src/demo" &&
  printf 'from setuptools import setup\nsetup(name="demo", version="1", packages=["demo"])\n' >"$1/src/setup.py" &&
  touch "$1/src/demo/__init__.py" &&
  (cd "$1/src" && ../bin/python setup.py -q build) && [ -e "$1/src/build/lib/demo/__init__.py" ]
}

# Debian's Python 3.11, where setuptools comes with pip.
old=/usr/bin/python3
shared=$("$old" -c 'import sys, sysconfig
print(sysconfig.get_config_var("WHEEL_PKG_DIR") or "" if sys.version_info < (3, 12) else "")' 2>/dev/null)
debian=
[ -n "$shared" ] && debian=$(cd "$shared" && ls setuptools-*.whl 2>/dev/null | cut -d - -f 2 | tail -n 1)
if [ -n "$debian" ]; then
  said -p "$old" --plugin=setuptools d >out
  check "it is there with pip" grep -qF "setuptools: setuptools $debian is installed already" out
  is "in the version of the wheel" "$(installed d setuptools)" "$debian"
  check "the same version asked for" venvb -p "$old" --plugin=setuptools,version="$debian" d-same
  is "is installed" "$(installed d-same setuptools)" "$debian"
  said -p "$old" --without-pip --plugin=setuptools d-nopip >out
  is "without pip" "$(installed d-nopip setuptools) $(installed d-nopip pip)" "$debian none"
  check "from the distributor's wheel, natively" sh -c 'grep -q "setuptools: installing .$1/setuptools-" out && ! grep -q "^  | " out' sh "${shared%/}"
  check "it builds" builds d-nopip
  other=$(versions setuptools | grep -vxF "$debian" | tail -n 1)
  if [ -n "$other" ]; then
    said -p "$old" --plugin=setuptools,wheel-dir=wheels,version="$other" d-other >out
    is "another version replaces it" "$(installed d-other setuptools)" "$other"
    check "by pip" grep -q '^  | .*Successfully installed' out
    is_sound "replaced" d-other
    check_fails "not without pip" 1 "cannot install setuptools==$other: replacing .* needs pip" \
      "$VENVB" -p "$old" --without-pip --plugin=setuptools,wheel-dir=wheels,version="$other" d-nopip
    is "what was there stays" "$(installed d-nopip setuptools)" "$debian"
  else
    skip "another version" "there is one wheel only"
  fi
else
  skip "Debian's Python" "no setuptools in its wheel directory"
fi

[ -n "$new" ] || { skip "a newer Python" "no Python 3.12 or newer below PYENV_ROOT"; finish; }

said -p "$new" --plugin=setuptools,wheel-dir=wheels n >out
is "the newest wheel" "$(installed n setuptools)" "$newest"
check "natively" sh -c '! grep -q "^  | " out'
check "requested by the user" test -e n/lib/python3.*/site-packages/setuptools-"$newest".dist-info/REQUESTED
is_sound "newest" n
check "it builds" builds n
is "pip list" "$(n/bin/python -m pip list --format=freeze 2>/dev/null | grep ^setuptools)" "setuptools==$newest"
said -p "$new" --plugin=setuptools,wheel-dir=wheels n >out
check "a second run finds it" grep -qF "setuptools: setuptools $newest is installed already" out
check "pip uninstall" n/bin/python -m pip uninstall -y setuptools
is "takes all of it away" "$(find n/lib/python3.*/site-packages -mindepth 1 -maxdepth 1 ! -name 'pip*')" ""
check "a run on the environment" venvb -p "$new" --plugin=setuptools,wheel-dir=wheels n
is "brings it back" "$(installed n setuptools)" "$newest"
check "--upgrade" venvb -p "$new" --upgrade --plugin=setuptools,wheel-dir=wheels n
check "--no-cache" venvb -p "$new" --no-cache --plugin=setuptools,wheel-dir=wheels n-nocache
is_sound "--no-cache" n-nocache
check "--without-pip" venvb -p "$new" --without-pip --plugin=setuptools,wheel-dir=wheels n-nopip
is "setuptools is there, pip is not" "$(installed n-nopip setuptools) $(installed n-nopip pip)" "$newest none"
check "--without-pip, with --upgrade" venvb -p "$new" --without-pip --upgrade \
  --plugin=setuptools,wheel-dir=wheels n-nopip

# Names of wheels, chosen by version.
mkdir names
for name in setuptools-9.0-py3-none-any setuptools-10.0-py3-none-any setuptools-11.0rc1-py3-none-any \
            setuptools-12.0-py2-none-any setuptools-13.0-cp33-cp33m-linux_x86_64 \
            setuptools_scm-99-py3-none-any; do
  echo >names/$name.whl
done
check_fails "10 is newer than 9, and than what can't be meant" 1 "setuptools-10.0-py3-none-any.whl" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=names bad
check_fails "a pre-release that is asked for" 1 "setuptools-11.0rc1-py3-none-any.whl" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=names,version=11.0RC1 bad
check_fails "9.0.0 is 9.0" 1 "setuptools-9.0-py3-none-any.whl" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=names,version=9.0.0 bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""

# What is not there.
mkdir empty only
cp wheels/setuptools-"$newest"-*.whl only/
check_fails "no wheel: the package, and the way to the index" 1 \
  "no wheel of setuptools was found, there is none in '$PWD/empty', '.*/ensurepip/_bundled'; .*source=index" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=empty bad
if grep -q '^ID=debian' /etc/os-release; then
  check_fails "it is named" 1 "python3-setuptools-whl" "$VENVB" -p "$new" --plugin=setuptools bad
  check_fails "so is that of wheel" 1 "no wheel of wheel was found.*python3-wheel-whl" \
    "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=only,wheel=yes bad
fi
check_fails "no such version: what there is" 1 \
  "no wheel of setuptools 1.2.3 was found, there is .*, $newest in '$PWD/wheels'.*source=index" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=wheels,version=1.2.3 bad
check_fails "bundled alone" 1 "none in '[^']*/ensurepip/_bundled'; " \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=wheels,source=bundled bad
check_fails "the index without pip" 1 "cannot install setuptools: source=index needs pip" \
  "$VENVB" -p "$new" --without-pip --plugin=setuptools,source=index bad
check_fails "no such directory" 2 "wheel-dir '.*/none' is not a directory$" \
  "$VENVB" --plugin=setuptools,wheel-dir=none bad
check_fails "no such source" 2 "source is one of auto, wheel-dir, bundled, index, not 'x'$" "$VENVB" --plugin=setuptools,source=x bad
check_fails "no version" 2 "'>=1' is not a version" "$VENVB" --plugin=setuptools,version='>=1' bad
check_fails "wheel=maybe" 2 "wheel is 'yes' or 'no', not 'maybe'" "$VENVB" --plugin=setuptools,wheel=maybe bad
check_fails "an unknown option" 2 "unknown option 'x'; its options are$" "$VENVB" --plugin=setuptools,x=1 bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""

# wheel, too.
if [ -n "$(versions wheel)" ]; then
  check "wheel=yes" venvb -p "$new" --plugin=setuptools,wheel-dir=wheels,wheel=yes w
  is "wheel is there" "$(installed w wheel)" "$(versions wheel | tail -n 1)"
  is_sound "wheel=yes" w
  check "its script runs" w/bin/wheel version
else
  skip "wheel=yes" "no wheel of wheel on this machine"
fi

# Wheels made for this test.
mkdir made
make_wheel made setuptools 1.0 'Requires-Python: >=3.9,!=3.9.0,!=3.10.*'
make_wheel made wheel 2.0 'Requires-Dist: some-thing[x] (>=1.5,<3)' 'Requires-Dist: other; extra == "test"'
check_fails "a project that wheel needs is not there" 1 "wheel needs some_thing: no wheel of some_thing was found" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=made,wheel=yes bad
make_wheel made some_thing 1.0
check_fails "or too old" 1 "wheel needs some_thing >=1.5,<3, there is 1.0" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=made,wheel=yes bad
make_wheel made some_thing 1.10
check "or is installed with it" venvb -p "$new" --plugin=setuptools,wheel-dir=made,wheel=yes needs
is "that is all" "$(needs/bin/python -m pip list --format=freeze 2>/dev/null | grep -v '^pip=' | tr '\n' ' ')" \
  "setuptools==1.0 some_thing==1.10 wheel==2.0 "
check "pip check" needs/bin/python -m pip check
is "the user asked for two" "$(cd needs/lib/python3.*/site-packages && echo {setuptools,some_thing,wheel}-*/REQUESTED)" \
  "setuptools-1.0.dist-info/REQUESTED some_thing-*/REQUESTED wheel-2.0.dist-info/REQUESTED"
make_wheel made setuptools 1.1 'Requires-Python: <3.9'
check_fails "a wheel for another Python" 1 \
  "setuptools-1.1-py3-none-any.whl' does not fit: it needs Python <3.9, this is 3.*wheel-dir '$PWD/made'" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=made,version=1.1 bad
check "it is passed over" venvb -p "$new" --plugin=setuptools,wheel-dir=made ok11
is "for the newest that fits" "$(installed ok11 setuptools)" 1.0
make_wheel made setuptools 1.2 'Requires-Python: ~=3.9'
check "a wheel for this and newer Pythons" venvb -p "$new" --plugin=setuptools,wheel-dir=made ok12
make_wheel made setuptools 1.3 'Requires-Python: ==2.*'
check_fails "a wheel for Python 2" 1 "it needs Python ==2\.\*" \
  "$VENVB" -p "$new" --plugin=setuptools,wheel-dir=made,version=1.3 bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""

# Older Pythons have a wheel of their own.
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.{6,10}*/bin/python3; do
  [ -x "$python" ] || { skip "a Python with a wheel of its own" "none below PYENV_ROOT"; continue; }
  check "bundled with $("$python" -V)" venvb -p "$python" --without-pip --plugin=setuptools,source=bundled b
  check "setuptools is imported" b/bin/python -c 'import setuptools'
  rm -rf b
done

# An index.
serve_index wheels
export PIP_INDEX_URL=$index PIP_NO_CACHE_DIR=1
check "from the index" venvb -p "$new" --plugin=setuptools,source=index i
is "the newest" "$(installed i setuptools)" "$newest"
check "the index was asked" grep -q 'GET /simple/setuptools/' wheels.log
is_sound "index" i
oldest=$(versions setuptools | grep -v '^[0-5]' | head -n 1)
check "a version from the index" venvb -p "$new" --plugin=setuptools,source=index,version="$oldest" i
is "it replaces the other" "$(installed i setuptools)" "$oldest"
requests=$(wc -l <wheels.log)
check "no other source asks the index" venvb -p "$new" --plugin=setuptools,wheel-dir=wheels,version="$newest" i
is "it was not asked" "$(installed i setuptools) $(wc -l <wheels.log)" "$newest $requests"
"$VENVB" -p "$new" --plugin=setuptools,source=index,version=1.2.3 bad >out 2>err
is "a version that the index has not: exit status" "$?" 1
check "pip's words are shown" grep -qE '^  \| .*No matching distribution found for setuptools==1.2.3' err
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""
finish
