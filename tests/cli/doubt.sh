# shellcheck shell=bash
# What goes with a run that is taken back, and may be somebody's, is named: what was
# written meanwhile into directories that the run has made, and what another installer
# has put into an environment.  What venvb itself has written is not.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0
mk () { "$VENVB" --without-pip "$@"; }
site=lib/$("$base" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')/site-packages
mkdir -p hooks/post_setup.d wheels; make_wheel wheels pip 99.1
cat >hooks/post_setup.d/hook <<END
#!/bin/sh
touch "$scratch/reached"; exec sleep 100
END
chmod +x hooks/post_setup.d/hook
starts () # ARGUMENT...: a run in which a program hangs; $run is its process
{
  rm -f reached
  setsid "$VENVB" "$@" >/dev/null 2>said & run=$!
  wait_for reached
}
ends () { kill -TERM $run; wait $run 2>/dev/null; }
killed () { kill_group $run; }
hook=(--plugin=run-hooks,dir="$scratch/hooks")
pip=(--plugin=pip,wheel-dir="$scratch/wheels")
cat >install.py <<'END'
"""What another installer puts into an environment."""
import base64, hashlib, os, sys
site, name = sys.argv[1:]
os.makedirs('%s/%s-1.dist-info' % (site, name)); os.makedirs('%s/%s' % (site, name))
text = name + '\n'
digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')
for path in '%s/__init__.py' % name, '%s-1.dist-info/METADATA' % name:
    open('%s/%s' % (site, path), 'w').write(text)
with open('%s/%s-1.dist-info/RECORD' % (site, name), 'w') as record:
    for path in '%s/__init__.py' % name, '%s-1.dist-info/METADATA' % name:
        record.write('%s,sha256=%s,%d\n' % (path, digest, len(text)))
    record.write('%s-1.dist-info/RECORD,,\n' % name)
END
install () { "$base" install.py "$1/$site" other; } # DIR
names () # what is named as removed, a path in each line
{
  sed -n 's/.*; was removed, and may be what others have put there: //p' said |
    sed "s/; .*//;s/, '/\n'/g" | tr -d "'" | LC_ALL=C sort | tr '\n' ' '
}
gone () { local path; for path; do [ ! -e "$path" ] || return; done; }

# Into an environment that is new, is there, or is being cleared; with pip and without;
# the run fails, or was killed a moment ago.

for with in --without-pip pip; do
  args=("$with"); [ "$with" = --without-pip ] || args=("${pip[@]}")
  for what in new old clear; do
    for how in ends killed; do
      clear=; [ $what != clear ] || clear=--clear
      rm -rf env; [ $what = new ] || "$VENVB" "${args[@]}" env
      # shellcheck disable=SC2086
      starts "${args[@]}" "${hook[@]}" $clear env
      [ $how = ends ] || sleep 1 # what was written at that moment is the run's
      install env; echo mine >env/bin/script; mkdir env/work; echo mine >env/work/file; echo mine >"env/$site/mine.py"
      $how
      [ $how = ends ] || { "$VENVB" "${args[@]}" env 2>said; is "killed, $what, $with: the next run" $? 0; }
      name="$what, $with, $how"
      check "$name: what the other installer has put there is gone" gone "env/$site/other" "env/$site/other-1.dist-info"
      case $what in
        new) is '... and named, as all that is gone' "$(names)" "bin/script $site/mine.py $site/other-1.dist-info work/file " ;;
        clear)
          is '... and named, as all that is gone' "$(names)" "bin/script $site/mine.py $site/other-1.dist-info "
          check '... what is left on top is named, too' grep -q "; left there: 'work' (" said
          ;;
        old) is '... and named, and nothing else is gone' "$(names)" "$site/other-1.dist-info " ;;
      esac
      for path in bin/script work/file "$site/mine.py"; do
        case $what,$path in
          old,* | clear,work/*) check "... $path is there" [ -e "env/$path" ] ;;
          *) check "... $path is not" [ ! -e "env/$path" ] ;;
        esac
      done
    done
  done
done

# In a project: the directories that the run has made.

for how in ends killed; do
  rm -rf project; mkdir -p project/src; echo mine >project/src/file
  starts --without-pip "${hook[@]}" project
  [ $how = ends ] || sleep 1
  echo mine >"project/$site/mine.py"; echo mine >project/bin/script; echo mine >project/src/other
  $how
  [ $how = ends ] || mk project 2>said
  is "a project, $how: what is gone is named" "$(names)" "bin/script $site/mine.py "
  is '... all else is there' "$(cat project/src/file project/src/other | tr '\n' ' ')" 'mine mine '
done

# Nothing is said of what venvb has written, in whatever way the run ends.

silent () # NAME COMMAND...
{
  local name=$1; shift
  "$@" >/dev/null 2>said
  check "$name: nothing is named" sh -c '! grep "may be what others" said'
}
for how in error segv; do
  for args in '' '--copies --link-mode=copy' --clear; do
    for dir in new there project; do
      rm -rf new there project; mkdir project; echo >project/file; [ $dir != there ] || mk there
      # shellcheck disable=SC2086
      silent "$how $args, $dir" "$VENVB" "${pip[@]}" --plugin="$misbehave,how=$how,write=extra,write=bin/tool,write=$site/x.py" $args $dir
    done
  done
done
for dir in new there project; do
  for args in '' '--copies --link-mode=copy' --clear; do
    rm -rf new there project; mkdir project; echo >project/file; [ $dir != there ] || mk there
    # shellcheck disable=SC2086
    starts "${pip[@]}" --plugin="$misbehave,how=hang,mark=$scratch/reached" $args $dir; killed
    silent "killed $args, $dir: the next run" "$VENVB" "${pip[@]}" $dir
    check '... says that' grep -q 'was interrupted' said
  done
done

finish
