# shellcheck shell=bash
# Trees in an environment that are deeper than there are descriptors, and than a path
# can be: a run that starts a program puts them aside, takes back what that has done
# there, and removes them.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
hooks=$scratch/hooks; mkdir -p "$hooks/post_setup.d"
cat >walk.py <<'END'
import os, shutil, sys
top, levels, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.makedirs(top, exist_ok=True); os.chdir(top)
for i in range(levels):
    if what == 'make':
        os.makedirs('dd', exist_ok=True)
    os.chdir('dd')
if what == 'make':
    open('file', 'w').write('gold\n')
elif what == 'lose':
    os.remove('file'); open('other', 'w').close(); os.mkdir('__pycache__'); open('__pycache__/x.pyc', 'w').close()
else:
    print(open('file').read().strip(), *sorted(os.listdir('.')))
END
walk () { "$base" "$scratch/walk.py" "$@"; }
for levels in 600 1500; do
  for few in '' 32; do
    rm -rf env; "$VENVB" --without-pip env; walk env/lib $levels make
    printf '#!/bin/sh\nexit 0\n' >"$hooks/post_setup.d/hook"; chmod +x "$hooks/post_setup.d/hook"
    run () { (${few:+ulimit -n $few}; "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" "$@" env); }
    check "$levels levels, ${few:-many} descriptors: a program" run
    is '... leaves them' "$(walk env/lib $levels look)" 'gold file'
    is '... and nothing else' "$(find env -maxdepth 1 -name '.venvb*')" ''
    printf '#!/bin/sh\n"%s" "%s" "$VENVB_HOOK_ENV_DIR/lib" %s lose\nexit 1\n' "$base" "$scratch/walk.py" $levels >"$hooks/post_setup.d/hook"
    check_fails '... one that fails' 1 "left there: .*other'" sh -c '"$@" 2>&1 | head -n 1 >&2; exit 1' sh \
      bash -c "ulimit -n ${few:-1024}"'; exec "$@"' - "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" env
    is '... what it has removed is back' "$(walk env/lib $levels look)" 'gold file other'
    is '... and nothing else is left' "$(find env -maxdepth 1 -name '.venvb*')" ''
    check '--clear' "$VENVB" --without-pip --clear env
    is '... removes all of it' "$(find env -maxdepth 1 -name '.venvb*'; ls -d env/lib/dd 2>/dev/null)" ''
  done
done
rm -rf env; "$VENVB" --without-pip env; walk env/lib 6000 make
printf '#!/bin/sh\nexit 0\n' >"$hooks/post_setup.d/hook"
check_fails 'too deep: one line' 1 "cannot keep what is in the environment: cannot copy directory 'dd': File name too long" \
  "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" env
is '... all is as it was' "$(walk env/lib 6000 look; find env -maxdepth 1 -name '.venvb*')" 'gold file'
check 'without a program' "$VENVB" --without-pip env
finish
