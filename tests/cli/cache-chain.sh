# shellcheck shell=bash
# The cache is used only where nobody but root and the user can exchange it, or what
# is on the way to it; and from then on it is used by descriptors.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
umask 022
mkdir wheels way other
make_wheel wheels pip 99.1
make_wheel wheels setuptools 99.1
mk () { rm -rf env; "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "$@" env; }
cache=$scratch/way/cache
fill () { rm -rf "$cache"; mk --cache-dir "$cache" >out 2>&1 || tap_diag "$(cat out)"; }
# unused NAME DIR WHAT WHY: WHAT keeps the cache DIR from being used, full or empty.
unused ()
{
  local name=$1 dir=$2 line="venvb: the cache is not used: '$3' is not to be trusted: $4" before
  rm -rf env; before=$(tree_of "$cache" untouched | sha256sum)
  mk --cache-dir "$dir" >out 2>err
  is "$name" "$? $(cat err)" "0 $line"
  is '... is as it was' "$(tree_of "$cache" untouched | sha256sum)" "$before"
  mk -v --cache-dir "$dir" >out 2>err
  check '... it is told why' grep -q "not from the cache: .$3. is not to be trusted: $4" out err
  mv "$cache" aside; mkdir "$cache"
  mk --cache-dir "$dir" >out 2>err
  is '... nor an empty one' "$? $(cat err)" "0 $line"
  is '... nothing is put there' "$(ls -A "$cache")" ''
  rm -rf "$cache"; mv aside "$cache"
}
used () # NAME DIR
{
  mk --link-mode=hardlink --cache-dir "$2" >out 2>err
  is "$1" "$? $(cat err) $(find env -name pip.py -links +1 | wc -l)" '0  1'
}

fill; used 'a cache of ours' "$cache"
ln -s way/cache ours; used 'by way of a link of ours' "$scratch/ours"
group=$(id -G | tr ' ' '\n' | grep -vx "$(id -g)" | head -n 1)
[ "$(id -u)" -ne 0 ] || group=12345
if [ -n "$group" ]; then
  chgrp "$group" way; chmod g+w way
  unused 'a group may write above it' "$cache" "$scratch/way" 'its group may write to it'
  chmod g-w way
  chgrp "$group" "$cache"; chmod g+w "$cache"
  rmdir other; ln -s way other
  mk --cache-dir "$scratch/other/cache" >out 2>err
  is 'a group may write to it, by a link above' "$(cat err)" \
    "venvb: the cache is not used: '$scratch/other/cache' is not to be trusted: its group may write to it"
  chmod g-w "$cache"; rm other; mkdir other
else
  skip 'a group may write above it' 'one group only'
fi
# Where a link leads, and what it lies in.
mkdir open; chmod 777 open; ln -s ../way open/way; ln -s open/way through
unused 'a link in a directory that is open to all' "$scratch/through/cache" "$scratch/open" 'everybody may write to it'
if [ "$(id -u)" -eq 0 ]; then
  mkdir sticky; chmod 1777 sticky; ln -s "$cache" sticky/theirs; chown -h 12345 sticky/theirs
  unused "another user's link in a sticky directory" "$scratch/sticky/theirs" "$scratch/sticky/theirs" 'it belongs to another user'
  ln -s "$cache" sticky/mine; used 'a link of ours in a sticky directory' "$scratch/sticky/mine"
  chown 12345 way
  unused "another user's directory above it" "$cache" "$scratch/way" 'it belongs to another user'
  chown 0 way
else
  skip 'of another user' 'not root'
fi
cp -a "$cache" kept; chmod 1777 way; used 'below a sticky directory' "$cache"; chmod 755 way; rm -rf kept

# What came out of an archive with owner and mode.
changed () # NAME COMMAND FILE... : is made anew
{
  local name=$1 was; shift
  was=$(stat -c %i "${@: -1}"); ln "${@: -1}" held 2>/dev/null
  "$@"; mk --cache-dir "$cache" >out 2>err
  is "$name" "$? $(cat err)" '0 '
  is '... it is made anew' "$([ "$(stat -c %i "${@: -1}")" = "$was" ] || echo new) $(find "$cache" -perm /022 ! -name '*.lock')" 'new '
  rm -f held
}
changed 'an image that others may write to' chmod 777 "$(echo "$cache"/v1/images/*.lock | awk '{ sub (/\.lock$/, "", $1); print $1 }')"
changed 'a record of a Python that others may write to' chmod 666 "$(find "$cache/v1/pythons" -type f | head -n 1)"
changed 'a note of a wheel that others may write to' chmod 666 "$(find "$cache/v1/hashes" -type f | head -n 1)"
if [ "$(id -u)" -eq 0 ]; then
  changed 'a note of another user' chown 12345 "$(find "$cache/v1/hashes" -type f | head -n 1)"
fi

# By descriptors: what is below the cache is never named by its whole path, but to see
# whether it is there.
if strace -f -o /dev/null true 2>/dev/null; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
  by_path ()
  {
    rm -rf env
    strace -f -s 4096 -o trace -e trace=file,desc "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" --cache-dir "$cache" env >out 2>&1 || cat out
    grep -F "$cache/v1" trace | grep -vE " (access|faccessat2?|l?stat|newfstatat|fstatat64|statx)\(" | head -n 3
  }
  is 'warm: nothing goes by its path' "$(by_path)" ''
  rm -rf "$cache"/v1/*/*
  is 'filled: the same' "$(by_path)" ''
  rm -rf "$cache"
  is 'made: the same' "$(by_path)" ''
  used '... and it is one' "$cache"
else
  skip 'by descriptors' 'no strace'
fi

# Groups that are private by their name alone: another user may be in one from the start,
# which no list of members tells.
private ()
{
  cat >privately <<'END'
mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group || exit 77
shift; exec "$@"
END
  printf 'root:x:0:0::/root:/bin/sh\nother:x:12345:%s::/:/bin/sh\n' "$1" >passwd
  printf 'root:x:0:%s\nother:x:12345:\n' "$2" >group
  rm -rf env
  unshare -m sh privately "$scratch" "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" --cache-dir "$cache" env 2>&1
}
if [ "$(id -u)" -eq 0 ] && unshare -m mount --bind /dev/null /etc/passwd 2>/dev/null; then
  line="venvb: the cache is not used: '$scratch/way' is not to be trusted: its group may write to it"
  chgrp 0 way; chmod g+w way
  is "root's own group" "$(private 12345 '')" ''
  is "... with a member" "$(private 12345 other)" "$line"
  is "... with a member under a second name" "$(private 12345 $'\nagain:x:0:other')" "$line"
  is "... that somebody else has from the start" "$(private 0 '')" "$line"
  plugin=$builddir/tests/plugins/.libs/frozen-0.1.so
  cp "$plugin" way/frozen.so; chmod g+w way/frozen.so
  private 0 '' >/dev/null
  check '... a plugin there, too, is not to be trusted' \
    sh -c 'unshare -m sh privately "$0" "$1" --without-pip --plugin="$0/way/frozen.so" new 2>&1 | grep "is not to be trusted: its group"' "$scratch" "$VENVB"
  private 12345 '' >/dev/null
  check '... but with nobody else' \
    unshare -m sh privately "$scratch" "$VENVB" --without-pip --plugin="$scratch/way/frozen.so" new
  # One's own stays private, whatever group newgrp has set; also that of a name.
  newgrp_run () # GROUPS
  {
    printf 'root:x:0:0::/root:/bin/sh\nown:x:54321:54321::/:/bin/sh\nother:x:54322:54322::/:/bin/sh\n' >passwd
    printf 'root:x:0:\nproject:x:54400:own,other\nown:x:54321:\n%s' "$1" >group
    unshare -m sh privately "$scratch" setpriv --reuid=54321 --regid=54400 --groups=54321,54400 \
      env -u XDG_CONFIG_HOME HOME="$scratch/newgrp" "$VENVB" --explain env 2>&1 | grep -a 'not to be trusted'
  }
  mkdir -p newgrp/.config/venvb; printf '[venvb]\nprompt=mine\n' >newgrp/.config/venvb/venvb.conf
  chmod 664 newgrp/.config/venvb/venvb.conf; chown -R 54321:54321 newgrp
  chmod 755 .
  if setpriv --reuid=54321 --regid=54400 --clear-groups test -x "$VENVB"; then
    is "one's own group, while another is the present one" "$(newgrp_run '')" ''
    is '... with a member' "$(newgrp_run $'own2:x:54321:other\n' | sed 's/.*trusted: //')" 'its group may write to it; with --no-config none is read'
    chgrp 54400 newgrp/.config/venvb/venvb.conf
    is '... the present one, in which somebody else is' "$(newgrp_run '' | sed 's/.*trusted: //')" 'its group may write to it; with --no-config none is read'
  else
    skip "one's own group, while another is the present one" 'no build for others'
  fi
else
  skip 'groups that are private by name' 'not root, or nothing can be mounted'
fi
finish
