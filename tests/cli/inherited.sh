# shellcheck shell=bash
# What a run inherits from whoever starts it: signals that are ignored or
# blocked.  What a program says at its end is heard even so, and a run that
# nothing is to end is not ended by way of its programs.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base

# The shell that starts the command in the build tree would change SIGCHLD: it
# is to be ignored, or blocked, after that.
cat >start.py <<'END'
import os, signal, sys
how, name = sys.argv[1].split(':')
number = getattr(signal, 'SIG' + name)
for ours in signal.SIGPIPE, signal.SIGXFSZ:
    signal.signal(ours, signal.SIG_DFL)
if how == 'ignored':
    signal.signal(number, signal.SIG_IGN)
else:
    signal.pthread_sigmask(signal.SIG_BLOCK, [number])
os.execvp(sys.argv[2], sys.argv[2:])
END
export VENVB
if head -c 2 "$VENVB" | grep -q '#!'; then
  sed 's|^\( *\)exec |&'"$base -I $scratch/start.py "'"$with" |' "$VENVB" >program
else
  printf 'exec %s -I %s "$with" "$VENVB" "$@"\n' "$base" "$scratch/start.py" >program
fi
run () { with=$1 sh "$scratch/program" "${@:2}"; } # HOW:SIGNAL VENVB-OPTION...

hook () # text from standard input
{
  mkdir -p hooks/post_setup.d && cat >hooks/post_setup.d/hook && chmod +x hooks/post_setup.d/hook
}
hooked () { run "$1" --without-pip "--plugin=run-hooks,dir=$scratch/hooks" "${@:2}"; }

"$VENVB" --without-pip warm || tap_diag "no environment can be made"
mkdir fake
echo 'no-such-thing' >requirements.txt
make_wheel fake tool 1.0
"$VENVB" env-pip 2>/dev/null && has_pip=yes || has_pip=
printf '[project]\nname = "x"\nversion = "1"\ndependencies = ["tool"]\n' >pyproject.toml

for with in ignored:CHLD blocked:CHLD; do
  hook <<<$'#!/bin/sh\nexit 3'
  check_fails "$with: a hook that fails" 1 "^venvb: plugin 'run-hooks', .*/hook' exited with status 3$" \
    hooked $with new
  check "$with: nothing is left of it" test ! -e new
  hook <<<$'#!/bin/sh\nkill -9 $$'
  check_fails "$with: one that is killed" 1 "/hook' was ended by signal 9" hooked $with new
  hook <<END
#!$base
import signal, sys
blocked = signal.SIGCHLD in signal.pthread_sigmask(signal.SIG_BLOCK, [])
sys.exit(blocked or signal.getsignal(signal.SIGCHLD) != signal.SIG_DFL)
END
  check "$with: one that succeeds, and inherits none of it" hooked $with new
  rm -rf new
  # A Python that does not even start fails, whatever it is to do.  It is isolated, so
  # that no variable can have it fail, but what is in the environment itself can.
  mkdir -p hooks/setup_python.d && cat >hooks/setup_python.d/hook <<'END' && chmod +x hooks/setup_python.d/hook
#!/bin/sh
for site in "$VIRTUAL_ENV"/lib*/python*/site-packages; do echo 'import os; os._exit(1)' >"$site/fails.pth"; done
END
  run $with --no-plugin=pip "--plugin=run-hooks,dir=$scratch/hooks" new >out 2>&1
  is "$with: ensurepip fails" "$? $(grep -cE 'cannot install pip .* exited with status 1(; was removed, and may be .*)?$' out)" '1 1'
  rm -r hooks/setup_python.d
  check "$with: nothing is left of that" test ! -e new
  if [ -n "$has_pip" ]; then
    run $with --plugin=requirements,file=requirements.txt,offline new >out 2>&1
    is "$with: pip fails" "$? $(grep -c 'cannot install: .* exited with status 1$' out)" '1 1'
    check "$with: nothing is left of what it did" test ! -e new
    check "$with: pyproject.toml is read" run $with --plugin=requirements,pyproject,offline,find-links=fake new
    rm -rf new
  else
    skip "$with: pip fails" "no environment with pip can be made"
  fi
  check "$with: Python is asked, and a wheel compiled" run $with --no-cache new
  rm -rf new
done

# What is to be ignored stays so, in programs, too.

for name in HUP INT TERM; do
  hook <<END
#!/bin/sh
kill -$name \$\$ \$PPID
END
  check "ignored:$name: a hook is not ended by it" hooked "ignored:$name" new
  check "ignored:$name: nor is the run" works new
  rm -rf new
done
hook <<<$'#!/bin/sh\nkill -TERM $$'
check_fails "else it is" 1 "/hook' was ended by signal 15" hooked blocked:CHLD new

# A program that makes environments itself, in its own process.

embed=$builddir/tests/faults/embed
export VENVB_TEMPLATE_DIR=$srcdir/templates
check "an embedding program" "$base" -I start.py blocked:CHLD "$embed" --without-pip new
rm -rf new "$XDG_CACHE_HOME"
check_fails "it ignores SIGCHLD: what Python does can't be told" 1 \
  "^venvb: .*cannot tell how '.*' ended: this process ignores SIGCHLD" \
  "$base" -I start.py ignored:CHLD "$embed" --without-pip new
check "it ignores SIGCHLD: nothing is left" test ! -e new

finish
