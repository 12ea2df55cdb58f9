# shellcheck shell=bash
# What a run takes back is what it has changed itself, and is still as it left it.
# What others did meanwhile, or since it was killed, stays; and where something
# can't be removed, nothing is lost for it.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0
mk () { "$VENVB" --without-pip "$@"; }
said () { cp .out said; check "$1" grep -q -- "$2" said; } # NAME PATTERN
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
project () # a project that holds an environment
{
  chmod -R u+rwX project 2>/dev/null; rm -rf project; mkdir -p project/lib project/bin project/src
  mk project
  echo 1 >project/lib/foo.c; echo 1 >project/bin/tool; echo 1 >project/src/main.c; echo 1 >project/requirements.txt
  echo 1 >project/README
}
# hangs ARGUMENT...: starts a run that hangs after its work; $run is its process.
hangs ()
{
  rm -f reached
  setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,write=extra,write=bin/ours,write=bin/tool,mark=$scratch/reached" "$@" 2>run.err & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
works_on () # what a user does
{
  for file in lib/foo.c src/main.c requirements.txt README bin/new lib/new.c; do [ ! -d "project/${file%/*}" ] && [ "${file%/*}" != "$file" ] || echo 2 >"project/$file"; done
}
mine () { (cd project && cat lib/foo.c src/main.c requirements.txt README bin/new lib/new.c 2>&1 | tr -d '\n'); }

# Nothing to do: nothing is changed.

for options in '' --copies; do
  rm -rf same
  # shellcheck disable=SC2086
  mk $options same; before=$(tree_of same untouched)
  # shellcheck disable=SC2086
  check "a second run $options" mk $options same
  is '... changes nothing, not even a time' "$(tree_of same untouched)" "$before"
done

# What others do while a run is at work that fails.

for args in '' --prompt=other; do
  project
  # shellcheck disable=SC2086
  hangs $args project
  works_on
  ends
  is "saved during a run that fails $args" "$(mine)" 222222
  is '... what the run has changed is back' "$(cat project/bin/tool)" 1
  check '... and what it made is gone' [ ! -e project/extra -a ! -e project/bin/ours ]
  is '... nothing else is left' "$(find project -name '.venvb*')" ''
  check '... it works' works project
done
project; hangs project; echo edited >project/bin/tool; echo edited >project/extra; ends
cp run.err said
check 'a signal ends a run: what was moved is named' grep -q "what was in the way is in '.*/project/.venvb-kept-1'" said
check '... and what stays' grep -q "left there: 'extra'" said
is 'what the run had changed, and others then' "$(cat project/bin/tool project/.venvb-kept-1/bin/tool)" $'1\nedited'
is '... what it had made' "$(cat project/extra)" edited
project; hangs project; rm project/lib/foo.c project/bin/tool; ends
is 'what others have removed comes back' "$(cat project/bin/tool project/lib/foo.c)" $'1\n1'
project; hangs --clear --force project; echo 2 >project/README; echo 2 >project/other; ends
is 'saved while all was cleared away' "$(cat project/README project/.venvb-kept-1/README project/other)" $'1\n2\n2'
rm -f reached; setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,mark=$scratch/reached" hollow & run=$!
wait_for reached; ends
check 'a directory that was not there is not there again' [ ! -e hollow ]

# The same when it was killed, and the next run comes at once, and late.

project; hangs project; echo 2 >project/requirements.txt; echo 2 >project/lib/foo.c; killed
check 'killed: the next run' recovers mk project
is '... nothing that was saved is lost' "$(cat project/requirements.txt project/lib/foo.c)" $'2\n2'
is '... what the run has changed is back' "$(cat project/bin/tool)" 1
for how in '' --clear; do
  # An environment of its own, half made, or made over another.
  project; [ -z "$how" ] || how="$how --force"
  # shellcheck disable=SC2086
  hangs $how project; killed
  # shellcheck disable=SC2086
  rm -f reached; setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,mark=$scratch/reached" fresh & run=$!
  wait_for reached; killed
  sleep 11
  mkdir -p "project/$site/late-1.dist-info" "project/$site/late" "fresh/$site/late"
  echo 2 >"project/$site/late/__init__.py"; echo 2 >"fresh/$site/late/__init__.py"; echo 2 >fresh/bin/script
  echo 'late/__init__.py,,' >"project/$site/late-1.dist-info/RECORD"
  works_on; echo 2 >project/bin/tool
  check "killed $how, and worked on: the next run" recovers mk project
  # What --clear had put aside could not be worked on.
  is '... nothing of the work is lost' "$(mine)$(cat project/bin/tool)" "$([ -n "$how" ] && echo 2122222 || echo 2222222)"
  is '... nor a package' "$(cat "project/$site/late/__init__.py")" 2
  is '... the older one is kept' "$(cat project/.venvb-kept-1/bin/tool)" 1
  check '... which is told' grep -q "what was in the way is in '.*/project/.venvb-kept-1'" all.err
  check '... it works' works project
  check 'half of a new one, worked on: the next run' recovers mk fresh
  is '... nothing of the work is lost' "$(cat "fresh/$site/late/__init__.py" fresh/bin/script)" $'2\n2'
  check '... it works' works fresh
  rm -rf fresh
done

# What is moved there since has the times that it had: all that tells is where it is.
rm -rf fresh; mkdir -p moved/deep; echo 2 >moved/file; echo 2 >moved/deep/file; cp -r moved moved2
rm -f reached; setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,mark=$scratch/reached" fresh & run=$!
wait_for reached; killed; sleep 11
mv moved fresh/moved; mv moved2 fresh/lib/; echo 2 >fresh/lib/moved2/new
check 'moved to half of a new one: the next run' recovers mk fresh
is '... loses nothing of that' "$(cd fresh && cat moved/file moved/deep/file lib/moved2/file lib/moved2/deep/file lib/moved2/new | tr -d '\n')" 22222
check '... it works' works fresh
rm -rf fresh

# What stands in the way of a log.

project; mkdir project/.venvb-undo.log project/.venvb-undo.mark; touch project/.venvb-undo.log/done project/.venvb-undo.mark/done
check 'directories in place of the log, that say that they are done with' mk project --prompt=other
said '... are moved' "is in '.*/.venvb-kept-1'"
check '... and the next run' mk project --prompt=third
project; (cd project && mkdir $(seq -f .venvb-kept-%g 999)); echo 1 >project/.venvb-undo.log
check 'no number is left for what is moved' mk project --prompt=other
check '... and it is moved' grep -qx 1 project/.venvb-kept-?????*/.venvb-undo.log

# Names that begin with a space.

project; echo 1 >'project/ tool'; echo 1 >project/tool
check_fails 'a name that begins with a space: a run that fails' 1 'no luck$' mk --plugin="$misbehave,how=error,write= tool" project
is '... is not taken for another' "$(cat 'project/ tool' project/tool)" $'1\n1'

# What --clear has put aside and can't be merged with what others have made since.

deep () # DIR COMMAND...: runs it far below
{
  python3 -c 'import os, subprocess, sys
os.makedirs(sys.argv[1], exist_ok=True); os.chdir(sys.argv[1])
for i in range(300):
    os.makedirs("d", exist_ok=True)
    os.chdir("d")
sys.exit(subprocess.call(sys.argv[2:]))' "$@"
}
project; deep project/src sh -c 'echo 1 >file'
(ulimit -n 512; hangs --clear --force project; deep project/src sh -c 'echo 2 >other'; ends)
cp run.err said
check 'too deep to be merged: the old one is named' grep -q "see '.*/.venvb-undo'\|is in '.*/.venvb-kept-1'" said
check '... in one directory' [ "$(find project -maxdepth 1 -name '.venvb-kept-*' | wc -l)" -le 1 ]
is '... and is there' "$(find project -name file | wc -l) $(find project -name other | wc -l)" '1 1'

# What programs do.

hooks=$scratch/hooks; mkdir -p "$hooks/post_setup.d"
# rows PATH...: as installers write them to RECORD.
cat >tools/rows <<END
#!$base
import base64, hashlib, sys
for path in sys.argv[1:]:
    with open(path, 'rb') as file:
        text = file.read()
    print('%s,sha256=%s,%d' % (path, base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip('='), len(text)))
END
chmod +x tools/rows
cat >"$hooks/post_setup.d/hook" <<'END'
#!/bin/sh
cd "$VENVB_HOOK_ENV_DIR" && site=$(echo lib/python*/site-packages) || exit 9
mkdir -p "$site/pack" "$site/pack-1.dist-info" "$site/dir" share/pack
echo 2 >"$site/pack/__init__.py"; echo 2 >share/pack/data; echo 2 >bin/pack; echo 2 >"$site/old.py"
(cd "$site" && echo pack-1.dist-info/RECORD,, && rows pack/__init__.py ../../../bin/pack ../../../share/pack/data old.py) >"$site/pack-1.dist-info/RECORD"
rm -rf "$site/gone" "$site/gone-1.dist-info"
echo 2 >bin/tool; echo 2 >"$site/dir/file"; echo 2 >new
exit 1
END
chmod +x "$hooks/post_setup.d/hook"
project; mkdir -p "project/$site/gone-1.dist-info" "project/$site/gone/deep"
echo 1 >"project/$site/gone-1.dist-info/RECORD"; echo 1 >"project/$site/gone/deep/file"; echo 1 >"project/$site/old.py"
check_fails 'a program changes things, and fails' 1 "left there: .*'new'" sh -c '"$@" 2>&1 | head -n 1 >&2; exit 1' sh \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" project
is '... what it has removed is back' "$(cat "project/$site/gone-1.dist-info/RECORD" "project/$site/gone/deep/file")" $'1\n1'
is '... what it has replaced, by its RECORD' "$(cat "project/$site/old.py")" 1
is '... what it has installed is gone' "$(cd project && find . -name '*pack*' | grep -v site-packages$)" ''
is '... nothing can tell the rest from the work of others, and it stays' "$(cat project/bin/tool "project/$site/dir/file" project/new)" $'2\n2\n2'

cat >"$hooks/post_setup.d/hook" <<'END'
#!/bin/sh
cd "$VENVB_HOOK_ENV_DIR" && site=$(echo lib/python*/site-packages) || exit 9
mkdir -p "$site/pack-1.dist-info" data unlisted
echo 2 >data/file; echo 2 >docs/file; echo 2 >unlisted/file
(cd "$site" && echo pack-1.dist-info/RECORD,, && rows ../../../data/file ../../../docs/file) >"$site/pack-1.dist-info/RECORD"
exit 1
END
project; mkdir project/docs; echo 1 >project/docs/old
check_fails 'a program writes to directories of other names, and fails' 1 "left there: 'unlisted', 'docs/file' " \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" project
check '... one that was not there, and has a RECORD, is gone' [ ! -e project/data ]
is '... what was there stays' "$(cat project/docs/old)" 1

# Files elsewhere, which others change, too.

if command -v hg >/dev/null; then
  hg init repo; mkdir repo/a repo/b
  "$VENVB" --without-pip --plugin=hg-ignore repo/a/first
  lines () { cat repo/.hg/hgrc repo/.hg/venvb-ignore; }
  before=$(lines)
  rm -f reached
  setsid "$VENVB" --without-pip --plugin=hg-ignore --plugin="$misbehave,how=hang,mark=$scratch/reached" repo/a/second 2>run.err & run=$!
  wait_for reached
  check 'another run adds to the list' "$VENVB" --without-pip --plugin=hg-ignore repo/b/third
  printf '[alias]\nmine = log\n' >>repo/.hg/hgrc
  ends
  check '... the run that fails takes out its own line' sh -c '! grep -q second repo/.hg/venvb-ignore'
  check '... and leaves that of the other' grep -q third repo/.hg/venvb-ignore
  check '... and what was edited' grep -q '^mine = log$' repo/.hg/hgrc
  is '... Mercurial sees none of them' "$(cd repo && hg status)" ''
  check '... all else is there' sh -c 'printf "%s\n" "$1" | while read -r line; do grep -qxF -- "$line" repo/.hg/hgrc repo/.hg/venvb-ignore || exit 1; done' - "$before"
else
  skip 'another run adds to the list' 'no hg'
fi
echo 1 >outside
rm -f reached; setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,change=$scratch/outside,mark=$scratch/reached" new 2>run.err & run=$!
wait_for reached; killed
check 'a file elsewhere is changed by a run that is killed' grep -q changed outside
check '... the next run' recovers mk new
is '... puts it back' "$(cat outside)" 1
rm -rf new reached; setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,change=$scratch/outside,mark=$scratch/reached" new 2>run.err & run=$!
wait_for reached; killed; sleep 11; echo later >outside
check 'the same, and edited since: the next run' recovers mk new
is '... leaves it' "$(cat outside)" later

echo 1 >outside; rm -rf new reached
setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,change=$scratch/outside,mark=$scratch/reached" new 2>run.err & run=$!
wait_for reached; echo mine >>outside; killed
check 'a file elsewhere that the run has replaced, and others edited: the next run' recovers mk new
is '... leaves it, and keeps the old one' "$(cat outside new/.venvb-kept-1/outside)" $'changed\nmine\n1'
rm -rf new

# What can't be removed.

if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$scratch"
  as_user () { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/open" PATH="$PATH" "$@"; }
  mkdir -m 777 open
  if as_user test -x "$builddir/command/venvb" -a -r "$srcdir/templates" -a -x tools/python3; then
    as_user "$VENVB" --without-pip open/env
    mkdir "open/env/$site/__pycache__" open/env/lib/own; echo root >"open/env/$site/__pycache__/x.pyc"; echo root >open/env/lib/own/file
    before=$(tree_of open/env)
    check_fails "root's files in an environment: a run that fails" 1 'no luck$' as_user "$VENVB" --without-pip --plugin="$misbehave,how=error" open/env
    is '... leaves all as it was' "$(tree_of open/env)" "$before"
    rm -rf shut; as_user mkdir -p open/shut/secret; as_user sh -c 'echo 1 >open/shut/secret/file; chmod 311 open/shut/secret'
    rm -f open/reached; setsid setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/open" \
      "$VENVB" --without-pip --clear --force --plugin="$misbehave,how=hang,mark=$scratch/open/reached" open/shut 2>run.err & run=$!
    wait_for open/reached; as_user mkdir open/shut/secret; as_user sh -c 'echo 2 >open/shut/secret/file'; ends
    is 'a directory that its owner can not read, made anew while it was cleared away' "$(cat open/shut/secret/file open/shut/.venvb-kept-1/secret/file)" $'2\n1'
    check_fails '... with --clear' 1 'no luck$' as_user "$VENVB" --without-pip --clear --plugin="$misbehave,how=error" open/env
    is '... leaves all as it was' "$(tree_of open/env)" "$before"
    check '--clear of them' as_user "$VENVB" --without-pip --clear open/env
    said '... names what is left' "see '.*/open/env/.venvb-undo'"
    check '... the environment works' works open/env
    check '... and the next run' as_user "$VENVB" --without-pip open/env
    check '... and --clear' as_user "$VENVB" --without-pip --clear open/env
    mkdir -m 777 theirs; echo root >theirs/file; chmod 666 theirs/file
    before=$(tree_of theirs)
    check_fails "another user's directory, open to all: a run that fails" 1 'no luck$' as_user "$VENVB" --without-pip --plugin="$misbehave,how=error,write=file" theirs
    is '... all is as it was, and whose it was' "$(tree_of theirs loose-directories)" "$(tree_of theirs loose-directories)"
    is '... the file, too' "$(stat -c '%u %a' theirs/file; cat theirs/file)" $'0 666\nroot'
  else
    skip "root's files in an environment" 'needs a tree that others may read'
  fi
  mk env; echo 1 >env/lib/stuck
  if chattr +i env/lib/stuck 2>/dev/null; then
    check 'an immutable file: --clear' mk --clear env
    said '... names what is left' "see '.*/env/.venvb-undo'"
    check '... works' works env
    check '... the next run' mk env
    check_fails '... one that fails' 1 'no luck$' mk --plugin="$misbehave,how=error" --clear env
    check '... works' works env
    chattr -i -R env
  else
    skip 'an immutable file' 'no such attribute here'
  fi
else
  skip 'what can not be removed' 'needs root'
fi

# What came with an archive, or from a backup.

rm -rf env; mk env; echo 1 >env/lib/foo.c
rm -f reached; setsid "$VENVB" --without-pip --clear --plugin="$misbehave,how=hang,change=$scratch/outside,mark=$scratch/reached" env 2>run.err & run=$!
wait_for reached; killed; echo mine >outside
for way in 'cp -a env copy' 'mkdir copy && tar -C env -cf - . | tar -C copy -xf -' 'cp -r env copy'; do
  rm -rf copy; sh -c "$way"
  check "$way: the next run" mk copy
  said '... says where the rest is' "is not from a run of venvb here: it is in '.*/copy/.venvb-kept-1' now"
  is '... which is whole' "$(cat copy/.venvb-kept-1/.venvb-undo/tree/lib/foo.c)" 1
  is '... and writes nothing elsewhere' "$(cat outside)" mine
  check '... works' works copy
  check '... and the run after that is silent' [ -z "$(mk copy 2>&1)" ]
done
if unshare -rm mount -t tmpfs none /tmp 2>/dev/null; then
  # shellcheck disable=SC2016
  check 'on a fresh tmpfs, where inodes begin at the same number' unshare -rm sh -c '
    mkdir mounted 2>/dev/null; mount -t tmpfs none mounted && (cd env && tar -cf - .) | tar -C mounted -xf - && "$0" --without-pip mounted 2>&1 | grep -q "not from a run"' "$VENVB"
  is '... writes nothing elsewhere' "$(cat outside)" mine
else
  skip 'on a fresh tmpfs' 'no mounting'
fi
# A directory of ours with another user's in it, as after sudo: a run that can't change
# anything leaves nothing, and says no more than that.

contents () { tree_of mixed loose-directories | sed 's/ [0-9]*:[0-9]* / /' | sort; } # owners apart: none can be given
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups test -x /usr/bin/python3 -a -x "$VENVB"; then
  chmod a+x "$scratch"; "$VENVB" --without-pip mixed; chown 65534:65534 mixed; before=$(contents)
  for again in 1 2; do
    setpriv --reuid=65534 --regid=65534 --clear-groups "$VENVB" --no-cache --without-pip -p /usr/bin/python3 mixed 2>said
    is "bin belongs to another user, $again" "$(grep -c 'Permission denied$' said) $(wc -l <said)" '1 1'
    is '... all is as it was' "$(contents)" "$before"
  done
else
  skip 'bin belongs to another user' 'needs root, and a tree and a Python that others may read'
fi
finish
