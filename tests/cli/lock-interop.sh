# shellcheck shell=bash
# The column venvb of docs/locks.md: what comes of each lock in which installers differ.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'
machine=$(uname -m)
mkdir wheels
wheel () { python3 -B "$srcdir/tests/wheel.py" "wheels/$1" foo/__init__.py="NAME = '$1'" "${@:2}"; } # FILE [PATH=TEXT...]
plain=foo-1.0-py3-none-any.whl
sum=$(wheel $plain)
sha512=$(sha512sum wheels/$plain | cut -d' ' -f1) md5=$(md5sum wheels/$plain | cut -d' ' -f1)
zeros=$(printf '%064d' 0)
head () { printf 'lock-version = "1.0"\ncreated-by = "test"\n'; }
package () { printf '[[packages]]\nname = "foo"\nversion = "1.0"\n'; }
file () { printf '[[packages.wheels]]\nurl = "https://files.invalid/%s"\nhashes = {%s}\n' "$1" "${2-sha256 = \"$sum\"}"; } # NAME [HASHES]
tagged () { file "$1" "sha256 = \"$(wheel "$1")\""; }
damaged () # WHAT : a wheel that its RECORD does not tell of as it is
{
  python3 - "$1" "wheels/$plain" <<'END'
import sys, zipfile
what, path = sys.argv[1:]
with zipfile.ZipFile(path) as archive:
    files = {name: archive.read(name) for name in archive.namelist()}
files['foo/__init__.py' if what == 'wrong' else 'foo/more.py'] = b'changed'
with zipfile.ZipFile(path, 'w') as archive:
    for name, data in files.items(): archive.writestr(name, data)
END
  sum=$(sha256sum wheels/$plain | cut -d' ' -f1)
}

# What a row means.
lock_of () # ROW
{
  case $1 in
    'builds `-1-` and `-2-`, equal tags') head; package; tagged foo-1.0-1-py3-none-any.whl; tagged foo-1.0-2-py3-none-any.whl ;;
    '`manylinux_2_17` and `linux`') head; package; tagged "foo-1.0-py3-none-manylinux_2_17_$machine.whl"; tagged "foo-1.0-py3-none-linux_$machine.whl" ;;
    '`platform_release >='*) head; package; echo "marker = 'platform_release >= \"1\"'"; file $plain ;;
    '`extra == "x"`') head; package; echo "marker = 'extra == \"x\"'"; file $plain ;;
    '`hashes = {}`') head; package; file $plain '' ;;
    'only `sha3_256`, wrong') head; package; file $plain "sha3_256 = \"$zeros\"" ;;
    '`SHA256` as the key'*) head; package; file $plain "SHA256 = \"$zeros\"" ;;
    'right sha256, wrong sha512') head; package; file $plain "sha256 = \"$sum\", sha512 = \"${sha512%?????}00000\"" ;;
    'only md5, right') head; package; file $plain "md5 = \"$md5\"" ;;
    'wrong `size`') head; package; file $plain; echo 'size = 7' ;;
    '`environments = []`') head; echo 'environments = []'; package; file $plain ;;
    '`python_version in '*) head; package; echo "marker = 'python_version in \"3.0 $python\"'"; file $plain ;;
    'a set variable on the left') head; package; echo "marker = 'extras in \"x\"'"; file $plain ;;
    'two active entries') head; package; file $plain; package; file $plain ;;
    '`requires-python` of the lock'*) head; echo 'requires-python = ">=4"'; package; file $plain ;;
    '`requires-python` of a package'*) head; package; echo 'requires-python = ">=4"'; file $plain ;;
    '`environments` is not met') head; echo "environments = ['sys_platform == \"win32\"']"; package; file $plain ;;
    'an unknown variable in a marker') head; package; echo "marker = 'python == \"3\"'"; file $plain ;;
    'a default group that'*) head; echo 'default-groups = ["std"]'; package; echo "marker = '\"std\" in dependency_groups'"; file $plain ;;
    'an unknown key at version 1.0') head; echo 'odd = 1'; package; echo 'odd = 2'; file $plain ;;
    "a wrong hash in the wheel's"*) damaged wrong; head; package; file $plain ;;
    'a file in the wheel that'*) damaged unlisted; head; package; file $plain ;;
    'a relative `path`') head; package; printf '[[packages.wheels]]\npath = "../wheels/%s"\nhashes = {sha256 = "%s"}\n' $plain "$sum" ;;
    'a lock at an URL') echo ;;
    *) return 1 ;;
  esac
}

# What has come of a run: error, before any file is looked at; fails, when one was.
outcome () # STATUS
{
  local site
  if [ "$1" -eq 0 ]; then
    site=$(echo env/lib/python3.*/site-packages)
    if [ ! -e "$site/foo" ]; then echo skips; return; fi
    case $(cat "$site/foo/__init__.py") in
      *1.0-2-py3*) echo 2 ;; *1.0-1-py3*) echo 1 ;; *manylinux*) echo manylinux ;; *none-linux*) echo linux ;; *) echo installs ;;
    esac
  elif [ -e env ]; then echo 'something is left'
  elif grep -qE "its (sha[0-9]+|md5) is|it has [0-9]+ bytes|RECORD" err; then echo fails
  elif grep -q 'is not read' err; then echo 'not read'
  else echo error
  fi
}

python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
rows=0
while IFS='|' read -r _ row _ _ _ cell _; do
  row=$(sed 's/^ *//; s/ *$//' <<<"$row") cell=$(sed 's/^ *//; s/ *$//; s/ (.*//' <<<"$cell")
  case $row in lock|---*) continue ;; esac
  rows=$((rows + 1))
  rm -rf env wheels project && mkdir wheels project && sum=$(wheel $plain)
  if ! lock_of "$row" >project/pylock.toml; then
    is "$row" 'there is no such row' 'a row that is known'
    continue
  fi
  named=project/pylock.toml
  [ "$row" != 'a lock at an URL' ] || named=https://files.invalid/pylock.toml
  "$VENVB" --without-pip --lock=$named --plugin=lock,wheel-dir=wheels env >out 2>err
  came=$(outcome $?)
  case $row:$came in
    'an unknown key'*:installs) came=ignored ;;
    'a relative `path`:installs') came='beside the lock' ;;
    '`platform_release'*) # That of this system may be a version, which is one of the other kind.
      if python3 -c 'import os, re, sys; sys.exit(not re.fullmatch(r"[0-9.]+", os.uname().release))'; then
        skip "$row" "the release of this system is a version"
        continue
      fi ;;
  esac
  is "$row" "$came" "$cell" || tap_diag "$(cat err)"
done < <(grep '^|' "$srcdir/docs/locks.md")
is 'no row was passed over' "$rows" "$(grep -c '^| ' "$srcdir/docs/locks.md" | awk '{ print $1 - 1 }')"
finish
