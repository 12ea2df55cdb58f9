# shellcheck shell=bash
# Which processes a run ends: what it has started, and nothing else.  And what those it
# starts need: a terminal to ask on, something to read, and something to write to.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

need_misbehave
find_base real
use_only_base
[ -r /proc/self/task/self/children ] || [ -r "/proc/$$/task/$$/children" ] || skip_all 'no lists of children in /proc'
hooks=$scratch/hooks
mkdir -p "$hooks/post_setup.d" plugins
cp "$misbehave" plugins/misbehave.so
hook=(--without-pip --plugin=run-hooks,dir="$hooks")
put () { cat >"$1" && chmod +x "$1"; }
services=
trap 'kill -9 $services 2>/dev/null; chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
alive () { kill -0 "$1" 2>/dev/null && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null; }
gone () { for _ in $(seq 100); do alive "$1" || return 0; sleep 0.02; done; return 1; }

# An entry point: it starts a service, and becomes venvb.  What has started the service
# ends in the middle of the run, and leaves an orphan.

put entry <<'END'
#!/bin/sh
rm -f go service
sh -c 'sleep 300 & echo $! >service; until [ -e go ]; do sleep 0.02; done' &
until [ -s service ]; do sleep 0.02; done
exec "$@"
END
cat >orphan <<END
# The service becomes an orphan.
cd '$scratch' || exit
service=\$(cat service)
was=\$(sed -n 's/^PPid:[^0-9]*//p' "/proc/\$service/status")
touch go
while [ "\$(sed -n 's/^PPid:[^0-9]*//p' "/proc/\$service/status")" = "\$was" ]; do sleep 0.02; done
END
put "$hooks/post_setup.d/a" <<END
#!/bin/sh
. '$scratch/orphan'
setsid sh -c 'echo \$\$ >"$scratch/left.new"; mv "$scratch/left.new" "$scratch/left"; exec sleep 300' >'$scratch/sink' 2>&1 <'$scratch/sink' &
until [ -e '$scratch/left' ]; do sleep 0.02; done
[ ! -e '$scratch/fail' ]
END
: >sink
spares () # NAME STATUS COMMAND...
{
  local status=0
  rm -rf left env
  ./entry "${@:3}" >out 2>&1 || status=$?
  services="$services $(cat service)"
  is "$1: fails" "$status" "$2"
  check '... the service runs on' alive "$(cat service)"
  check '... what the run has left does not' gone "$(cat left 2>/dev/null || echo $$)"
  check '... nothing is left of the environment' test ! -e env
}
touch fail
spares 'a hook that fails' 1 "$VENVB" "${hook[@]}" env
rm fail
late () { echo "--plugin-dir=$scratch/plugins" "--plugin=misbehave,how=$1"; }
for how in error segv kill exit0 _exit0 exit3; do
  # shellcheck disable=SC2046 # words
  spares "a plugin that goes wrong: $how" 1 "$VENVB" "${hook[@]}" $(late "$how") env
done
put term <<END
#!/bin/sh
# In the background, and then what is asked: it has a child before it starts.
(until [ -e '$scratch/left' ]; do sleep 0.02; done; kill -TERM \$\$) &
exec '$VENVB' "\$@"
END
printf 'sleep 300\n' >>"$hooks/post_setup.d/a"
spares 'interrupted' 143 "$scratch/term" "${hook[@]}" env
sed -i '$d' "$hooks/post_setup.d/a"
rm -rf left env
./entry "$VENVB" "${hook[@]}" env >out 2>&1
is 'a run that does not fail' $? 0
services="$services $(cat service) $(cat left)"
check '... the service runs on' alive "$(cat service)"
check '... what the hook has left, too' alive "$(cat left)"
rm -rf env

# The same in a run without a child process, which fails for want of its templates.

put wrapper <<END
#!/bin/sh
[ -e '$scratch/go' ] || (. '$scratch/orphan')
exec '$base' "\$@"
END
rm -rf env; VENVB_TEMPLATE_DIR=$scratch/none ./entry "$VENVB" --without-pip -p "$scratch/wrapper" --no-cache env >out 2>&1
is 'a run without a child process: fails' $? 1
check '... and has begun' grep -q "$scratch/none" out
check '... the service was an orphan' test -e go
services="$services $(cat service)"
check '... the service runs on' alive "$(cat service)"

# As init of a container, to which all orphans come, and with which all ends: so it is
# kept from its end by a standard error that nobody reads.

if unshare -rmpf sh -c 'mount -t proc none /proc' 2>/dev/null; then
  put as-init <<END
#!/bin/sh
mount -t proc none /proc
rm -f go service outlived
sh -c 'sh -c "until [ -e go ]; do sleep 0.02; done; while [ -e env ]; do sleep 0.02; done; touch outlived; sleep 300" &
  echo \$! >service; until [ -e go ]; do sleep 0.02; done' &
until [ -s service ]; do sleep 0.02; done
exec "\$@" 2>full
END
  mkfifo full; exec 7<>full; head -c 65536 /dev/zero >&7
  touch fail; rm -rf left env
  unshare -rmpf "$scratch/as-init" "$VENVB" "${hook[@]}" env >out & init=$!
  for _ in $(seq 250); do [ ! -e outlived ] || break; sleep 0.02; done
  check 'as init of a container: the service runs on' test -e outlived
  kill -9 "$(cat "/proc/$init/task/$init/children")" 2>/dev/null
  wait "$init" 2>/dev/null
  exec 7<&-
else
  skip 'as init of a container' 'no namespaces of processes'
fi

# --check-plugin, likewise.

cat >"$hooks/post_setup.d/a" <<END
#!/bin/sh
END
./entry "$VENVB" --check-plugin "$scratch/plugins/misbehave.so" >out 2>&1 & checker=$!
until [ -s service ]; do sleep 0.02; done
sleep 0.3; touch go
wait "$checker"
services="$services $(cat service)"
check '--check-plugin: the service runs on' alive "$(cat service)"

# A terminal.

put "$hooks/post_setup.d/a" <<'END'
#!/bin/sh
printf 'who? ' >/dev/tty
read -r name </dev/tty
echo "$name" >"$VIRTUAL_ENV/name"
END
cat >terminal.py <<'END'
"""On a terminal of its own: runs a program, answers Ada, and ends as it does."""
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
shown, end = b"", time.time() + 20
while time.time() < end:
    try:
        if select.select([fd], [], [], 0.1)[0]:
            data = os.read(fd, 4096)
            if b"who? " in shown + data and b"who? " not in shown:
                os.write(fd, b"Ada\n")
            shown += data
    except OSError:
        break
else:
    os.kill(pid, 9)
    sys.exit("it does not come back: %r" % shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if hasattr(os, "waitstatus_to_exitcode") else os.waitpid(pid, 0)[1] >> 8)
END
on_terminal () { python3 terminal.py "$@" </dev/null >out 2>err; }
rm -rf env
sed -i 's/\$VIRTUAL_ENV/$PWD/; 2i cd "'"$scratch"'" || exit' "$hooks/post_setup.d/a"
on_terminal "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks",timeout=10 env
is 'a hook that asks on the terminal' "$? $(cat name 2>/dev/null)" '0 Ada'
rm -f name
put sh-job <<END
#!/bin/sh
# Not in the foreground group from the start: a shell with job control has it.
set -m
'$VENVB' "\$@"
END
rm -rf env; on_terminal "$scratch/sh-job" --without-pip --plugin=run-hooks,dir="$hooks",timeout=10 env
is '... below a shell with job control' "$? $(cat name 2>/dev/null)" '0 Ada'
put "$hooks/post_setup.d/a" <<END
#!/bin/sh
echo \$\$ >'$scratch/slow'
setsid sleep 300 &
echo \$! >'$scratch/left'
sh -c 'trap "" TERM; sleep 300; sleep 300' &
echo \$! >'$scratch/deaf'
exec sleep 300
END
rm -rf env; on_terminal "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks",timeout=1 env
is '... one that takes too long' $? 1
check '... ends' gone "$(cat slow)"
check '... with what it has started' gone "$(cat left)"
check '... also what does not listen' gone "$(cat deaf)"
put "$hooks/post_setup.d/a" <<END
#!/bin/sh
setsid sleep 300 >'$scratch/sink' 2>&1 &
echo \$! >'$scratch/left'
END
rm -rf env; on_terminal "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks",timeout=20 env
is '... one that leaves something running' $? 0
check '... which ends with it' gone "$(cat left)"

# No file without a name in memory, no directory for another, no /dev/null.

put "$hooks/post_setup.d/a" <<END
#!/bin/sh
cat >'$scratch/json'
echo "VENVB_SET_HOOK_VARIABLE=HEARD=yes" >>"\$VENVB_HOOK_ANSWER"
END
printf '#!/bin/sh\necho "$HEARD" >%s/heard\n' "'$scratch'" | put "$hooks/post_setup.d/b"
if ! command -v strace >/dev/null || ! strace -f -o trace -e trace=none true 2>/dev/null; then
  skip 'system calls that are refused' 'no strace'
else
  works_anyway () # NAME COMMAND...
  {
    rm -rf env json heard
    check "$1" "${@:2}" "$VENVB" --without-pip --plugin=run-hooks,dir="$hooks" env
    check '... the hook has read all' python3 -c 'import json, sys; assert json.load (open ("json"))["env_dir"] == sys.argv[1]' "$scratch/env"
    is '... and was heard' "$(cat heard 2>&1)" yes
  }
  for error in EPERM ENOSYS; do
    works_anyway "memfd_create: $error" strace -f -o trace -e trace=memfd_create -e inject=memfd_create:error="$error"
    check '... it was refused' grep -q "memfd_create.*$error.*INJECTED" trace
    works_anyway "... and no temporary files" env TMPDIR="$scratch/none" strace -f -o trace -e trace=memfd_create -e inject=memfd_create:error="$error"
  done
  no_null=(strace -f -o trace -P /dev/null -e trace=open,openat,access,faccessat,faccessat2
           -e inject=open,openat,access,faccessat,faccessat2:error=ENOENT)
  works_anyway 'no /dev/null' "${no_null[@]}"
  rm -rf env
  check '... an interpreter is asked' "${no_null[@]}" "$VENVB" --without-pip --no-cache env
  check '... it was not there' grep -q '/dev/null.*INJECTED' trace
  check '... the environment works' works env
  rm -rf env
  check '... nor standard files' bash -c '"$@" <&- >&- 2>&-' - "${no_null[@]}" "$VENVB" --without-pip env
  check '... the environment works' works env
fi

finish
