# shellcheck shell=bash
# Names that begin with ".venvb-" are venvb's own: no plugin, no template and no
# link can put anything there.  Of wheels, wheel-refuse.sh tells the same.
. "${srcdir:-.}/tests/lib.sh"

need_misbehave
find_base
use_only_base
mk () { "$VENVB" --without-pip "$@"; }
why="names that begin with '\.venvb-' are kept for venvb itself"
nothing_in () { [ -z "$(ls -A "$1")" ]; }

# What a plugin writes, and remembers.
mkdir env project
for path in .venvb-undo/x .venvb- lib/.venvb-x .VENVB-undo.new/x bin/../.venvb-undo/x 'VENVB-~1/x' \
            $'.venvb\u200c-x' env/.venvb-undo/x; do
  case $path in env/*) path=$scratch/$path ;; esac
  check_fails "a plugin writes $path" 1 "^venvb: plugin 'misbehave', stage post_setup: cannot write '$path': $why" \
    mk --plugin="$misbehave,write=$path" env
  check "a plugin writes $path: nothing is left" nothing_in env
done
for path in "$scratch/env/.venvb-undo/x" "$scratch/project/.venvb-x" "$scratch/project/.Venvb-/x"; do
  check_fails "a plugin remembers $path" 1 "^venvb: plugin 'misbehave', stage post_setup: cannot remember '$path': $why" \
    mk --plugin="$misbehave,change=$path" env
  check "a plugin remembers $path: nothing is left" nothing_in env
  check "a plugin remembers $path: nor there" nothing_in project
done
for path in .venvb venvb-x a.venvb-x lib/venvb-~x; do
  check "a plugin writes $path, which is not such a name" mk --plugin="$misbehave,write=$path" "env $path"
  check "a plugin writes $path: it is there" test -f "env $path/$path"
done

# The directory's own name is the user's.
mkdir -p .venvb-mine/other
check 'an environment in a directory of such a name' \
  mk --plugin="$misbehave,write=$scratch/.venvb-mine/.venvb-env/x,change=$scratch/.venvb-mine/other/y" .venvb-mine/.venvb-env
is 'an environment in a directory of such a name: all is there' \
  "$(cat .venvb-mine/.venvb-env/x .venvb-mine/other/y)" $'written\nchanged'
check_fails 'its own names are not' 1 "cannot write '$scratch/.venvb-mine/.venvb-env/.venvb-x': $why" \
  mk --plugin="$misbehave,write=$scratch/.venvb-mine/.venvb-env/.venvb-x" .venvb-mine/.venvb-env

# What templates are called.
cp -R "$srcdir/templates" templates
chmod -R u+w templates
export VENVB_TEMPLATE_DIR=$scratch/templates
mkdir templates/common/.venvb-undo
: >templates/common/.venvb-undo/ready
check_fails 'a template' 1 "cannot write '$scratch/env/bin/\.venvb-undo': $why" mk env
check 'a template: nothing is left' nothing_in env
rm -r templates/common/.venvb-undo

# What somebody has put into the directory, to be followed there.
mkdir -p linked/.venvb-things
ln -s .venvb-things linked/lib
check_fails 'a directory that is a link there' 1 "the symbolic link '$scratch/linked/lib' leads elsewhere" mk linked
check 'a directory that is a link there: nothing is written' nothing_in linked/.venvb-things
mkdir -p filed/.venvb-things
: >filed/.venvb-things/x
ln -s .venvb-things/x filed/pip.conf
check_fails 'a file that is a link there' 1 "'$scratch/filed/pip.conf' is not used: a symbolic link leads" \
  mk --plugin=pip-conf,timeout=9 filed
check 'a file that is a link there: nothing is written' test ! -s filed/.venvb-things/x
finish
