# Whose the files are that the cache and environments have in common: what root
# gives away takes nothing of root's with it, and a file of an image whose owner,
# group or mode was changed is in no later environment.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh" || exit 1

find_base real
chmod 711 "$scratch"
umask 022
mkdir wheels
for project in pip setuptools; do make_wheel wheels $project 99.1; done

# Sets who makes environments, and where his things are.
as=()
become () # UID GID DIR
{
  uid=$1 gid=$2
  export HOME=$3/home XDG_CACHE_HOME=$3/cache
  mkdir "$3" "$HOME" "$XDG_CACHE_HOME"
  [ "$(id -u)" -eq "$uid" ] || chown -R "$uid:$gid" "$3"
  cd "$3" || exit 1
  images=$XDG_CACHE_HOME/venvb/v1/images
  module=lib/python$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')/site-packages/pip.py
}
mk () { "${as[@]}" "$VENVB" -p "$base" --plugin="pip,wheel-dir=$scratch/wheels" "$@"; }
fresh () { rm -rf "$XDG_CACHE_HOME/venvb" e?; }
inode () { stat -c %i "$1"; }
kept () { echo "$images"/*/tree/"$module"; }
# What is another's, or has a mode that it was not made with; what has several names.
wrong () { find "$@" ! -type l \( ! -uid "$uid" -o ! -gid "$gid" -o -type f -perm /7022 \); }
shared () { find "$@" -type f -links +1; }
# Leaves size and time as they were.
edit () { cp -p "$1" stamp && tr V I <stamp >"$1" && touch -r stamp "$1"; }
become "$(id -u)" "$(id -g)" "$scratch/me"

# What is done to a linked environment is in none that is made after that,
# whatever the way.
changed () # NAME COMMAND...: which is given the file
{
  local name=$1 way was; shift
  for way in hardlink auto; do
    fresh; mk --link-mode=hardlink e1
    is "$name: linked" "$(inode "e1/$module")" "$(inode "$(kept)")"
    "$@" "e1/$module" || exit 1
    check "... the next one, $way" mk --link-mode=$way e2
    is '... has nothing of it' "$(wrong e2 "$images")" ''
    is '... but a new file' "$(grep -c VERSION "e2/$module") $([ "e2/$module" -ef "e1/$module" ] || echo new)" '1 new'
    was=$(inode "$(kept)")
    mk --link-mode=$way e3
    is '... which is kept' "$(inode "$(kept)")" "$was"
  done
}
other=65534

if [ "$uid" -eq 0 ]; then
  give () { chown -R $other:$other e1; }
  give_and_edit () { chown -R $other e1; edit "$1"; }
  for way in '' auto clone copy; do
    fresh
    check "root, ${way:-by default}" mk ${way:+--link-mode=$way} e1
    mk ${way:+--link-mode=$way} e2
    is '... has no file twice' "$(shared e1 e2 "$images")" ''
    give
    is '... nor gives another away' "$(wrong e2 "$images")" ''
    edit "e1/$module"
    mk ${way:+--link-mode=$way} e3
    is '... nor an edit' "$(cat "e2/$module" "e3/$module" "$(kept)" | grep -c VERSION)" 3
  done
  fresh; mk --link-mode=hardlink e1; mk --link-mode=hardlink e2
  is 'root, hardlink by name' "$(inode "e1/$module") $(inode "e2/$module")" "$(inode "$(kept)") $(inode "$(kept)")"
  fresh; VENVB_LINK_MODE=hardlink mk e1
  is '... by VENVB_LINK_MODE' "$(inode "e1/$module")" "$(inode "$(kept)")"
  changed 'chown' chown $other
  changed 'chgrp' chgrp $other
  changed 'chown -R' give
  changed 'chown -R, and an edit that hides' give_and_edit
  fresh; mk --link-mode=hardlink e1; give_and_edit "e1/$module"
  check '--cache-warm after that' mk --cache-warm
  is '... has nothing of it' "$(wrong "$images") $(grep -c VERSION "$(kept)")" ' 1'
  # As when it was unpacked from somebody's archive.
  fresh; mk e1; image=$(kept); image=${image%/tree/*}
  chown -R $other "$image"
  check 'an image of another user' mk e2
  is '... is made anew' "$(wrong e2 "$images")" ''
  fresh; mk --cache-dir "$scratch/all" --cache-warm
  chown $other "$scratch"/all/v1/images/*/tree/"$module"
  check 'a shared cache with a file of another user' mk --shared-cache-dir "$scratch/all" e1
  is '... whose file is not used' "$(wrong e1 "$images") $(ls "$(kept)")" " $(kept)"
  # From here on, an ordinary user.
  # By way of another program, since setpriv itself still has all rights.
  as=(setpriv "--reuid=$other" "--regid=$other" "--groups=$other,12345" env)
  for python in "$base" /usr/bin/python3 ''; do
    "${as[@]}" "$VENVB" --version >/dev/null 2>&1 && "${as[@]}" "$python" -c 'import venv' 2>/dev/null && break
  done
  base=$python group=12345
  [ -z "$base" ] || become $other $other "$scratch/user"
else
  skip 'what root does' 'not root'
  group=$(id -G | tr ' ' '\n' | grep -vx "$gid" | head -n 1)
fi

# What everybody may write to is in no image, whatever the umask is: --cache-warm
# lets them all come near.
open_to_all () { find "$images" -type f -perm /002; }
if [ -n "$base" ]; then
  fresh; (umask 000; mk e1)
  is 'umask 000' "$(stat -c %a "e1/$module") $(open_to_all)" '666 '
  check '... --cache-warm' mk --cache-warm
  is '... others may write to nothing of it' "$(open_to_all)" ''
  changed 'chmod o+w' "${as[@]}" chmod o+w
  fresh; check 'a user' mk e1; mk e2
  if cp --reflink=always "e1/$module" cloned 2>/dev/null; then
    is '... has clones' "$(shared e1 e2 "$images")" ''
  else
    is '... has links' "$(inode "e1/$module") $(inode "e2/$module")" "$(inode "$(kept)") $(inode "$(kept)")"
  fi
  changed 'chmod g+w' "${as[@]}" chmod g+w
  changed 'chmod u+s' "${as[@]}" chmod u+s
  changed 'chmod +t' "${as[@]}" chmod +t
  if [ -n "$group" ]; then
    changed 'chgrp' "${as[@]}" chgrp "$group"
    # All of it, as with newgrp, is no change.
    fresh; mk e1; chgrp -R "$group" "$XDG_CACHE_HOME/venvb"
    was=$(inode "$(kept)"); mk e2
    is 'a cache of another group' "$(inode "$(kept)")" "$was"
  else
    skip 'chgrp' 'he has one group only'
  fi
else
  skip 'what a user does' 'he has no Python, or no way to venvb'
fi
finish
