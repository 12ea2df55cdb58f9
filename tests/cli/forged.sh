# shellcheck shell=bash
# Others may rename what is in the environment's directory, or in the one above, while a run
# is at work there: it obeys the log that it has made, and no other that has its name, and
# works in the directory that it has made.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
ulimit -c 0

victim=$scratch/important written=$scratch/written
born () { date -d "$(stat -c %w "$1")" +%s.%N; }
hash () { "$base" -c 'import sys
n = 0xcbf29ce484222325
for c in sys.argv[1].encode(): n = (n ^ c) * 0x100000001b3 % 2**64
print("%x" % (n | 1))' "$1"; }
mkdir env; touch env/file
[ "$(stat -c %W env/file)" -ne 0 ] || skip_all 'no times of birth'
hangs () # ARGUMENT...: starts a run that hangs after its work; $run is its process
{
  rm -rf reached "$victim" "$written"; echo gold >"$victim"
  setsid "$VENVB" --without-pip --plugin="$misbehave,how=hang,write=extra,write=bin/tool,mark=$scratch/reached" "$@" >/dev/null 2>said & run=$!
  wait_for reached
}
ends () # HOW
{
  case $1 in
    TERM) kill -TERM $run ;;
    SEGV) kill -SEGV "$(tr -d ' ' <"/proc/$run/task/$run/children")" ;;
  esac
  wait $run 2>/dev/null
}
forge () # a log that is right, but of another run: of what would be changed elsewhere
{
  mkdir -m 700 env/evil; echo evil >env/evil/0; : >log; chmod 600 log
  printf '%s\n' "venvb-undo-2 w $(stat -c %i env) 0 $(hash "$scratch/env") 1.000000000 1.000000000 b $(stat -c %i log) $(born log)" \
    "N -1 $(stat -c '%i %s' env/evil) 1.0 1.0 1 evil" \
    "F 1 0 -1 0.0 0.0 1 $victim" "W -1 $(stat -c '%i %s %.9Y %.9Z' "$victim") 1 $victim" \
    "F 0 $(stat -c '%i %s %.9Y %.9Z' env/evil/0) 1 $written" >>log
}
harmless ()
{
  is '... what it names to be removed is not' "$(cat "$victim")" gold
  check '... nor is written what it names' [ ! -e "$written" ]
}

for how in TERM SEGV; do
  for args in '' --clear; do
    rm -rf env; mkdir env; [ "$how" = SEGV ] || "$VENVB" --without-pip env; echo gold >env/mine
    # shellcheck disable=SC2086
    hangs $args env; forge
    mv env/.venvb-undo.log taken; mv log env/.venvb-undo.log
    ends $how
    check "a log that was put in the place of the run's own, $how $args: it is not obeyed" \
      grep -q 'what was there could not be put back' said
    harmless
    rm -f env/.venvb-undo.log; mv taken env/.venvb-undo.log
    check '... the next run takes back what the log tells that it has made' recovers "$VENVB" --without-pip env
    is '... nothing is lost' "$(cat env/mine)" gold
    check '... nor left' [ ! -e env/extra ]
  done
done

# A run that succeeds while another file has its log's name: that one is not obeyed later.

for args in '' --clear; do
  rm -rf env; mkdir -m 777 env; [ -n "$args" ] || echo gold >env/mine
  mkdir -p hooks/post_setup.d
  cat >hooks/post_setup.d/hook <<END
#!/bin/sh
mv "$scratch/env/.venvb-undo.log" "$scratch/taken"; echo other >"$scratch/env/.venvb-undo.log"
END
  chmod +x hooks/post_setup.d/hook
  # shellcheck disable=SC2086
  check "a run that succeeds while its log is away, $args" "$VENVB" --without-pip --plugin=run-hooks,dir="$scratch/hooks" $args env
  mv -f taken env/.venvb-undo.log; echo later >env/later
  check '... the next one' "$VENVB" --without-pip env
  cp .out said
  check '... does not obey it' [ -x env/bin/python -a -e env/later -a -e env/pyvenv.cfg ]
  check '... and finds nothing to be taken back' sh -c '! grep "was interrupted" said'
done

# Another directory in the place of that which the run has made.

cat >exchange.c <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
int mkdirat (int dir, const char *path, mode_t mode)
{
  int (*next) (int, const char *, mode_t) = (int (*) (int, const char *, mode_t)) dlsym (RTLD_NEXT, "mkdirat");
  const char *env = getenv ("EXCHANGE"), *by = getenv ("EXCHANGE_BY");
  int result = next (dir, path, mode);

  if (result == 0 && env != NULL && strcmp (path, env) == 0)
    {
      rename (path, getenv ("EXCHANGE_AWAY"));
      rename (by, path);
    }
  return result;
}
END
if [ -n "${SANITIZER_FLAGS-}" ]; then
  skip 'a directory that is exchanged' 'a sanitizer wants to be loaded first'
elif [ "$(id -u)" -ne 0 ]; then
  skip 'a directory that is exchanged' 'only root can give files away'
elif ! ${CC:-cc} -shared -fPIC -o exchange.so exchange.c 2>/dev/null; then
  skip 'a directory that is exchanged' 'no compiler'
else
  # A directory of another user's that is empty, or not; and one of this user's that is older.
  for kind in empty full old; do
    rm -rf made by away; mkdir by; [ $kind = empty ] || echo gold >by/file
    [ $kind = old ] || chown 12345 by
    pattern="somebody else has put a directory in the place of '$scratch/made', which was not there"
    if [ $kind = old ]; then
      find by -newermt '1 minute ago' -printf . | grep -q . && { skip 'an older directory' 'it is not old enough here'; continue; }
    fi
    check_fails "a directory that is exchanged ($kind)" 1 "$pattern" \
      env EXCHANGE="$scratch/made" EXCHANGE_BY="$scratch/by" EXCHANGE_AWAY="$scratch/away" LD_PRELOAD="$scratch/exchange.so" \
      "$VENVB" --without-pip made
    is '... nothing is in it' "$(ls -A made)" "$([ $kind = empty ] || echo file)"
  done
fi

finish
