# shellcheck shell=bash
# A distribution is put back as a whole, or stays as a whole: never is half of one version
# left in half of another, whoever has installed it, and whatever others have made of it
# meanwhile or since the run was killed.  And what was removed, and comes back, is named.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
ulimit -c 0
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
cat >install.py <<'END'
"""install.py ENV VERSION [REMARK]: as an installer does, foo is exchanged for that version, or
removed for "none"."""
import base64, hashlib, os, shutil, sys
env, version, remark = sys.argv[1], sys.argv[2], (sys.argv[3:] or [''])[0]
site = [os.path.join(env, 'lib', lib, 'site-packages') for lib in os.listdir(env + '/lib') if 'py' in lib][0]
for old in os.listdir(site):
    if old.lower().startswith('foo-'):
        with open(os.path.join(site, old, 'RECORD')) as file:
            for row in file.read().split('\n'):
                path = os.path.join(site, row.split(',')[0])
                if row and os.path.exists(path):
                    os.remove(path)
        shutil.rmtree(os.path.join(site, old))
for name in 'foo/deep', 'foo':
    if os.path.isdir(os.path.join(site, name)) and not os.listdir(os.path.join(site, name)):
        os.rmdir(os.path.join(site, name))
if version == 'none':
    sys.exit()
info = ('Foo' if remark else 'foo') + '-%s.dist-info' % version
os.makedirs(os.path.join(site, info))
os.makedirs(os.path.join(site, 'foo/deep'), exist_ok=True)
rows = ''
for path in 'foo/__init__.py', 'foo/deep/x.py', 'foo/only%s.py' % version, '../../../bin/foo', info + '/METADATA':
    text = '%s of %s%s\n' % (path, version, remark)
    with open(os.path.join(site, path), 'w') as file:
        file.write(text)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
    rows += '%s,sha256=%s,%d\n' % (path, digest, len(text))
with open(os.path.join(site, info, 'RECORD'), 'w') as file:
    file.write(rows + info + '/RECORD,,\n')
END
install () { "$base" -B "$scratch/install.py" "$@"; } # ENV VERSION [REMARK]
foo () { (cd "$1" && find bin "$site" -ipath '*foo*' -type f ! -name '*.pyc' -exec grep -H . {} + 2>/dev/null | LC_ALL=C sort); } # DIR
later () { find env -ipath '*foo*' -exec touch -h -d '1 hour' {} +; touch -d '1 hour' env/bin "env/$site"; }
mkdir -p hooks/post_setup.d
cat >hooks/post_setup.d/hook <<END
#!/bin/sh
"$base" -B "$scratch/install.py" "\$VENVB_HOOK_ENV_DIR" 2 && touch "$scratch/reached" && exec sleep 100
END
mkdir -p late/finish.d
printf '#!/bin/sh\ntouch "%s/reached" && exec sleep 100\n' "$scratch" >late/finish.d/hook
chmod +x hooks/post_setup.d/hook late/finish.d/hook
for version in 1 2; do
  sum=$("$base" -B "$srcdir/tests/wheel.py" "$scratch/foo-$version-py3-none-any.whl" "foo/__init__.py=init $version" \
    "foo/deep/x.py=x $version" "foo/only$version.py=only $version" "foo-$version.data/scripts/foo=#!python")
  echo "foo==$version --hash=sha256:$sum" >"lock-$version.txt"
done

# begins KIND: a run that has exchanged version 1 for version 2, as a program does it, or venvb.
begins ()
{
  local args=(--without-pip)
  chmod -R u+rwx env 2>/dev/null; rm -rf env reached
  case $1 in
    hook*) "$VENVB" --without-pip env; install env 1 ;;
    lock*) "$VENVB" --without-pip --lock=lock-1.txt env ;;
  esac
  mkdir -p env/share/deep; echo mine >env/share/deep/file; echo mine >env/bin/mine; echo mine >env/lib/mine.c
  echo mine >"env/$site/foo/mine.py"
  one=$(foo env)
  case $1 in *clear) args+=(--clear) ;; esac
  case $1 in
    hook*) args+=(--plugin=run-hooks,dir="$scratch/hooks") ;;
    lock*) args+=(--lock=lock-2.txt --plugin=run-hooks,dir="$scratch/late") ;;
  esac
  setsid "$VENVB" "${args[@]}" env >/dev/null 2>said & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
recovered () { check "$1: the next run" recovers "$VENVB" --without-pip env; cp all.err said; } # NAME

for kind in hook lock hookclear lockclear; do
  begins $kind; ends
  is "$kind, a run that fails: the old version is back" "$(foo env)" "$one"
  check '... nothing else is left' [ ! -e env/.venvb-kept-1 ]

  begins $kind; killed
  recovered "$kind, killed"
  is '... the old version is back' "$(foo env)" "$one"

  # Edited: of the new version nothing stays in the old one, and what was edited is kept.

  edited=("$site/foo/__init__.py" "$site/foo/only2.py" bin/foo)
  begins $kind; killed
  for file in "${edited[@]}"; do echo edited >"env/$file"; touch -d '1 hour' "env/$file"; done
  recovered "$kind, killed, and edited since"
  is '... the old version is back' "$(foo env)" "$one"
  for file in "${edited[@]}"; do is "... $file is kept" "$(cat "env/.venvb-kept-1/$file")" edited; done
  check '... which is told' grep -q "what was in the way is in '.*/env/.venvb-kept-1'" said

  # Another version, or the same one once more: that stays, and the old one is kept.

  for version in 3 1; do
    begins $kind; killed
    install env $version ' by hand'; later; three=$(foo env)
    recovered "$kind, killed, and $version was installed since"
    is '... it stays' "$(foo env | grep -v mine)" "$(echo "$three" | grep -v mine)"
    is '... the old version is kept' "$(foo env/.venvb-kept-1 | grep -v mine)" "$(echo "$one" | grep -v mine)"
    check '... which is told' grep -q "what was in the way is in '.*/env/.venvb-kept-1'" said
    check '... and what stays' grep -q "left there: .*'$site/Foo-$version.dist-info" said
  done

  # It was removed: the old one is back.

  begins $kind; killed
  install env none; touch -d '1 hour' env/bin "env/$site"
  recovered "$kind, killed, and removed since"
  is '... the old version is back' "$(foo env)" "$one"
done

# What others have edited while the run was at work.

begins hook
for file in "${edited[@]}"; do echo edited >"env/$file"; done
ends
is 'edited during a run that fails: the old version is back' "$(foo env)" "$one"
is '... what was edited is kept' "$(cd env/.venvb-kept-1 && cat "${edited[@]}")" $'edited\nedited\nedited'

# What is missing, and comes back, is named when the run itself fails, too; but not what was
# exchanged, nor byte code.

begins hook; rm -r env/share/deep; rm env/bin/mine env/lib/mine.c; rm -rf "env/$site/__pycache__"
ends
is 'removed during a run that fails: it is back' "$(cat env/share/deep/file env/bin/mine env/lib/mine.c)" $'mine\nmine\nmine'
is '... and named, and nothing else' "$(sed 's/.*; was missing, and is there again: //;s/;.*//' said | tr -s ', ' '\n\n' | sort | tr '\n' ' ')" \
  "'bin/mine' 'lib/mine.c' 'share/deep' "
begins hook; install env none; ends
is 'a distribution is removed during a run that fails: it is back' "$(foo env)" "$one"
check '... and named' grep -q "; was missing, and is there again: [^;]*'$site/foo-1.dist-info'" said
begins hook; ends
check 'nothing was removed: nothing is named' sh -c '! grep "was missing" said'

finish
