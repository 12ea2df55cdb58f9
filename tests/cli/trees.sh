# shellcheck shell=bash
# What other tests compare trees with notices each difference: tree_of in
# tests/lib.sh, with each of its words, and tests/cli/trees.py.
. "${srcdir:-.}/tests/lib.sh"

make_tree ()
{
  rm -rf tree
  mkdir -p tree/sub/in
  echo aa >tree/file; echo aa >tree/sub/in/file; chmod 644 tree/file tree/sub/in/file
  chmod 755 tree tree/sub tree/sub/in
  ln -s aa tree/link; mkfifo tree/fifo
  settle
}
# All times as they were, whatever was done.
settle () { find tree -exec touch -h -d '2001-02-03 04:05:06' {} +; }

# Each makes one difference.
mode () { chmod 600 tree/sub/in/file; }
contents () { echo bb >tree/file; settle; }
size () { echo aaa >tree/file; settle; }
time_of_file () { touch tree/file; }
target () { ln -sfn bb tree/link; settle; }
gone () { rm tree/sub/in/file; settle; }
added () { mkdir tree/sub/new; settle; }
renamed () { mv tree/file tree/other; settle; }
kind () { rm tree/fifo; ln -s aa tree/fifo; settle; }
mode_of_top () { chmod 700 tree; }
time_of_directory () { touch tree/sub; }
inode () { cp -p tree/file copy; mv copy tree/file; settle; }
owner () { chown -h 12345 tree/link; settle; }
group () { chgrp 12345 tree/sub; settle; }
differences='mode contents size time_of_file target gone added renamed kind mode_of_top time_of_directory inode'
[ "$(id -u)" -ne 0 ] || differences="$differences owner group"

# Which of the differences a command that prints what it knows does not notice.
missed_by () # COMMAND...
{
  local difference before
  make_tree; before=$("$@")
  for difference in $differences; do
    make_tree; "$difference"
    [ "$("$@")" != "$before" ] || printf '%s ' "$difference"
  done
}
look () # [without]: what trees.py tells, of what is in a directory; without times
{
  python3 -B -c 'import sys; sys.path.insert(0, sys.argv[1]); import trees
tree = trees.look("tree")
print(sorted((trees.without_times(tree) if sys.argv[2:] else tree).items()))' "$srcdir/tests/cli" "$@"
}
differs () # [DIFFERENCE]: what trees.differences() says of it
{
  make_tree; cp -a tree before; "$@"
  python3 -B -c 'import sys; sys.path.insert(0, sys.argv[1]); import trees
print(", ".join(trees.differences(trees.look("tree"), trees.look("before"))))' "$srcdir/tests/cli"
  rm -rf before
}

is 'tree_of does not notice' "$(missed_by tree_of tree)" 'inode '
is '... no-times' "$(missed_by tree_of tree no-times)" 'time_of_file time_of_directory inode '
is '... no-contents' "$(missed_by tree_of tree no-contents)" 'contents inode '
is '... no-sizes no-contents' "$(missed_by tree_of tree no-sizes no-contents)" 'contents size inode '
is '... loose-directories' "$(missed_by tree_of tree loose-directories)" 'time_of_directory inode '
is '... but=file' "$(missed_by tree_of tree but=file)" 'mode contents size time_of_file gone inode '
is '... but=./file' "$(missed_by tree_of tree but=./file)" 'contents size time_of_file inode '
is '... but=in/*' "$(missed_by tree_of tree 'but=in/*')" 'mode gone inode '
is '... but=sub' "$(missed_by tree_of tree but=sub | sed 's/ group//')" 'mode gone added time_of_directory inode '
make_tree; before=$(tree_of tree untouched)
is '... untouched: nothing' "$(tree_of tree untouched)" "$before"
inode; check '... untouched: a file in its place' test "$(tree_of tree untouched)" != "$before"
is 'of no directory' "$(tree_of nowhere) $(tree_of tree/link)" 'none none'
(kill () { echo "ends $1"; }; tree_of tree but=sub no-time) >out 2>&1
check 'a word that is none ends the script' grep -qx "ends $$" out

if ! command -v python3 >/dev/null; then
  skip 'trees.py' 'no python3'
else
  is 'trees.look does not notice' "$(missed_by look)" 'mode_of_top inode '
  is '... without_times' "$(missed_by look without)" 'time_of_file mode_of_top time_of_directory inode '
  is 'trees.differences: none' "$(differs true)" ''
  is '... of what is gone' "$(differs gone)" 'sub/in/file is gone'
  is '... of what is new' "$(differs renamed)" 'file is gone, other is new'
  is '... of what differs' "$(differs contents)" 'file differs'
fi
finish
