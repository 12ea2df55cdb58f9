# Whose the files are that the cache and environments have in common: what root
# gives away takes nothing of root's with it.
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

other=65534

if [ "$uid" -eq 0 ]; then
  give () { chown -R $other:$other e1; }
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
  # From here on, an ordinary user.
  # By way of another program, since setpriv itself still has all rights.
  as=(setpriv "--reuid=$other" "--regid=$other" "--groups=$other" env)
  for python in "$base" /usr/bin/python3 ''; do
    "${as[@]}" "$VENVB" --version >/dev/null 2>&1 && "${as[@]}" "$python" -c 'import venv' 2>/dev/null && break
  done
  base=$python
  [ -z "$base" ] || become $other $other "$scratch/user"
else
  skip 'what root does' 'not root'
fi

if [ -n "$base" ]; then
  fresh; check 'a user' mk e1; mk e2
  if cp --reflink=always "e1/$module" cloned 2>/dev/null; then
    is '... has clones' "$(shared e1 e2 "$images")" ''
  else
    is '... has links' "$(inode "e1/$module") $(inode "e2/$module")" "$(inode "$(kept)") $(inode "$(kept)")"
  fi
else
  skip 'what a user does' 'he has no Python, or no way to venvb'
fi
finish
