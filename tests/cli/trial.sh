# shellcheck shell=bash
# A base Python that works where it is, but not where an environment starts it, is
# refused with what it says itself.  One that works there is started once.
. "${srcdir:-.}/tests/lib.sh"

find_base real
"$base" -c 'import sys; sys.exit(sys.implementation.name != "cpython")' || skip_all 'python3 is no CPython'
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.__file__))')
mk () { "$VENVB" --without-pip "$@"; }
# Of the scratch directory all but the cache counts.
tree () { (cd "$scratch" && find . -path ./cache -prune -o -name '.out' -o -name '.err' -o -type f -exec cksum {} + -o -printf '%y %m %p %l\n' | LC_ALL=C sort); }

# refused NAME PATTERN OWN-WORDS COMMAND...: fails with one line, after which only
# what the interpreter said is told; leaves nothing behind.
refused ()
{
  local name=$1 pattern=$2 said=$3 status=0 problem="" before; shift 3
  if [ -n "${finds_its_own-}" ] && [[ $pattern == "$wrong"* ]]; then
    skip "$name" "this Python finds its own library from there, too"
    return
  fi
  before=$(tree)
  "$@" >.out 2>.err </dev/null || status=$?
  [ "$status" -eq 1 ] || problem="exit status $status"
  sed -n 1p .err | grep -qE -- "^venvb: $pattern" || problem="$problem; no line like '$pattern'"
  ! sed 1d .err | grep -v '^  | ' || problem="$problem; something else on stderr"
  sed -n 's/^  | //p' .err | grep -qE -- "$said" || [ -z "$said" ] || problem="$problem; its own words are missing"
  [ ! -s .out ] || problem="$problem; something on stdout"
  [ "$(tree)" = "$before" ] || problem="$problem; it is not as it was: $(diff <(printf '%s\n' "$before") <(tree))"
  [ -z "$problem" ]
  tap_result $? "$name"
  [ -z "$problem" ] || tap_diag "$problem: $(cat .err)"
}

# A link to an interpreter, beside which another of that version is installed: as
# /usr/local/bin/python3 is on a system that has that version.

mkdir -p "other/lib/python$version" other/bin
ln -s "$base" other/bin/python3
for file in "$stdlib"/*; do
  case ${file##*/} in lib-dynload | __pycache__ | *-packages) ;; *) ln -s "$file" "other/lib/python$version/" ;; esac
done
other=$scratch/other/bin/python3
wrong="'$other' does not work in an environment: it exited with status 1; try what it leads to, --python $base, "
mkdir -p "$scratch/cache/probe/bin"
ln -s "$other" "$scratch/cache/probe/bin/python3"
echo "home = $scratch/other/bin" >"$scratch/cache/probe/pyvenv.cfg"
finds_its_own=$("$scratch/cache/probe/bin/python3" -I -c 'import os, sys
print("yes" if os.path.samefile(os.path.dirname(os.__file__), sys.argv[1]) else "")' "$stdlib")
rm -rf "$scratch/cache/probe"
refused 'another standard library is found' "$wrong" "'$scratch/other/lib/python$version'.*, not " mk -p other/bin/python3 new/env
refused '... with pip' "$wrong" '.' "$VENVB" -p other/bin/python3 new/env
refused '... by a plugin that is no part of venvb' "$wrong" '.' mk --plugin=cachedir-tag -p other/bin/python3 new/env
refused '... by PATH' "$wrong" '.' env "PATH=$scratch/other/bin:$PATH" "$VENVB" --without-pip new/env
refused '... without a cache' "$wrong" '.' mk --no-cache -p other/bin/python3 new/env
mkdir dir; echo mine >dir/file
refused '... in a directory that is there' "$wrong" '.' mk -p other/bin/python3 dir
check 'an environment' mk -p "$base" old
echo mine >old/file
refused '... over an environment' "$wrong" '.' mk -p other/bin/python3 old
refused '... with --clear' "$wrong" '.' mk -p other/bin/python3 --clear old
refused '... with --upgrade' "$wrong" '.' mk -p other/bin/python3 --upgrade old
check '... which works as before' works old
refused '... for one of several' "$wrong" '.' mk -p other/bin/python3 new/env new/env2
check 'what it leads to works' mk -p "$base" new
check '... does' works new
mv "other/lib/python$version" aside
check 'a failure is not remembered' mk -p other/bin/python3 again
check '... it works' works again
rm -rf new again

# Whatever else goes wrong there.

mkdir fakes
fake () # NAME COMMANDS: answers, and does this in an environment
{
  cat >"fakes/$1" <<END
#!/bin/sh
case "\$*" in
  *venvb-facts*) "$base" "\$@" | sed -z 's|^executable=.*|executable=$scratch/fakes/$1|; s|^real_executable=.*|real_executable=$scratch/fakes/$1|' ;;
  *) $2 ;;
esac
END
  chmod +x "fakes/$1"
}
does_not () # NAME PATTERN OWN-WORDS
{
  refused "one that $1" "'$scratch/fakes/$1' does not work in an environment: $2; choose another with --python$" "$3" \
    mk -p "fakes/$1" new/env
}
fake complains 'echo "libpython3.so: cannot open" >&2; echo "really" >&2; exit 127'
does_not complains 'it exited with status 127' '^libpython3.so: cannot open$'
is '... in all its words' "$(grep -c '^  | ' .err)" 2
fake fails 'exit 3'
does_not fails 'it exited with status 3' ''
fake dies 'kill -SEGV $$'
does_not dies 'it was ended by signal 11 .*' ''
fake does-nothing 'exit 0'
does_not does-nothing 'it does not do what it is told' ''
fake talks 'echo hello; echo venvb-facts; exit 0'
does_not talks 'it does not do what it is told' ''
fake works "exec -a \"\$0\" '$base' \"\$@\""
sed -i '1s|.*|#!/bin/bash|' fakes/works
check 'one that works' mk -p fakes/works new
rm -rf new

# A real one that finds its library by where it lies, which a copy does not.

cat >main.c <<'END'
#include <Python.h>
int main (int argc, char **argv) { wchar_t *words[64]; for (int i = 0; i < argc; i++) words[i] = Py_DecodeLocale (argv[i], NULL); return Py_Main (argc, words); }
END
read -r library include < <("$base" -c 'import os, sysconfig as s
v = s.get_config_var
print(os.path.join(v("LIBDIR"), v("INSTSONAME") or "-"), s.get_path("include"))')
mkdir -p moved/bin moved/lib; cp -L "$library" moved/lib/ 2>/dev/null; ln -s "$stdlib" "moved/lib/python$version"
if [[ $library = *.so* ]] && cc main.c -o moved/bin/python3 -I "$include" "moved/lib/${library##*/}" "-Wl,-rpath,\$ORIGIN/../lib" 2>cc.err &&
  [ "$(moved/bin/python3 -c 'print(1)' 2>&1)" = 1 ]
then
  moved=$scratch/moved/bin/python3
  check 'with a library beside it' mk -p "$moved" new
  check '... works as a link' works new
  rm -rf new
  # It finds none, or that of the system, which may be the same.
  mkdir -p copied/bin; cp moved/bin/python3 copied/bin/
  if [ "$(copied/bin/python3 -c 'print(1)' 2>&1)" = 1 ] && "$moved" -c 'import sys; sys.exit(sys.version.split()[0] != sys.argv[1])' "$(copied/bin/python3 -c 'import sys; print(sys.version.split()[0])')"; then
    skip '... not as a copy' 'the system has the same library'
  else
    refused '... not as a copy' "a copy of '$moved' does not work in an environment: it exited with status [0-9]*; link it \(--symlinks\)" \
      'error while loading shared libraries|it is Python|it takes' mk --copies -p "$moved" new
  fi
  check '... and is still known' mk -p "$moved" new
  rm -rf new
else
  skip 'with a library beside it' "no shared library or headers of $base"
fi

# What has worked is not started again, as a link or as a copy.

starts () # ARGUMENT...
{
  rm -rf new
  strace -f -e trace=execve -o trace "$VENVB" --without-pip "$@" new >out 2>&1 &&
    grep -c 'execve("[^"]*/bin/python[^/"]*".* = 0$' trace
}
if [ -n "$(starts -p "$base")" ]; then
  rm -rf cache
  is 'cold: it is asked, and tried' "$(starts -p "$base")" 2
  is 'warm: it is not started' "$(starts -p "$base")" 0
  is 'a copy: it is tried' "$(starts --copies -p "$base")" 1
  is '... once' "$(starts --copies -p "$base")" 0
  is '... and the link is known' "$(starts -p "$base")" 0
  rm -rf cache
  is 'a copy first: it is asked, and tried' "$(starts --copies -p "$base")" 2
  is '... then as a link' "$(starts -p "$base")" 1
  is '... both are known' "$(starts -p "$base")$(starts --copies -p "$base")" 00
  rm -rf cache
  is 'several at once: it is tried for the first' "$(starts -p "$base" several1 several2)" 2
  rm -rf several?
  ln -s "$base" python-again
  is 'by another name it is another one' "$(starts -p "$scratch/python-again")" 1
  is 'without a cache it is tried each time' "$(starts --no-cache -p "$base")$(starts --no-cache -p "$base")" 22
else
  skip 'how often it is started' 'strace does not work'
fi

# What lies in the directory has no part in it.

rm -rf cache old; mk --copies old
site=old/lib/python$version/site-packages
printf 'import os; open("%s/ran", "w")\n' "$scratch" | tee "$site/evil.pth" >"$site/sitecustomize.py"
cp "$site/sitecustomize.py" "$site/usercustomize.py"
mkdir evil; printf 'open("%s/ran", "w")\n' "$scratch" | tee evil/encodings.py evil/site.py evil/os.py old/os.py >old/bin/sysconfig.py
echo "$scratch/evil" | tee old/bin/pybuilddir.txt >old/bin/python3._pth
rm -rf cache
check 'a copy where others have put files' mk --copies -p "$base" old
check '... none of them was run' test ! -e ran
rm -rf cache
check 'a link' mk -p "$base" old
check '... none of them was run' test ! -e ran
check 'nothing is left of the trial' test ! -e old/.venvb-undo.tmp

# Root starts nothing where others could exchange it.

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 .; install -d -o 65534 theirs
  mk -v -p fakes/complains theirs/env >out 2>&1
  is "in another user's directory" $? 0
  check '... it is told that it was not tried' grep -q "'$scratch/fakes/complains' was not tried in an environment: '$scratch/theirs' is not to be trusted" out
  starts_there () { strace -f -e trace=execve -o trace "$VENVB" --without-pip "$@" >out 2>&1; grep -c "execve(\"$scratch/theirs/" trace; }
  is '... nor as a copy' "$(starts_there --copies --no-cache -p "$base" theirs/env2)" 0
else
  skip "in another user's directory" 'needs root'
fi

# A file system on which nothing may be executed.

private () { unshare "$([ "$(id -u)" -eq 0 ] && echo -m || echo -rm)" "$@"; }
mkdir disk
# shellcheck disable=SC2016
on_noexec () { private bash -c 'mount -t tmpfs -o noexec tmpfs disk || exit 77; "$0" --without-pip "$@"; status=$?; ls -A disk >&2; exit $status' "$VENVB" "$@"; }
if private mount -t tmpfs -o noexec tmpfs disk 2>/dev/null; then
  for time in first second; do
    check_fails "noexec, a copy, the $time time" 1 "^venvb: a copy of '$base' can't be started in '$scratch/disk/env': .*noexec.*--symlinks" \
      on_noexec --copies -p "$base" disk/env
    mk --copies -p "$base" known; rm -rf known
  done
  # shellcheck disable=SC2016
  check 'noexec, a link' private bash -c 'mount -t tmpfs -o noexec tmpfs disk && "$0" --without-pip -p "$1" disk/env && disk/env/bin/python -c ""' "$VENVB" "$base"
else
  skip 'noexec' 'no file system may be mounted'
fi

finish
