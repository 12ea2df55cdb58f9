# shellcheck shell=bash
# The command under valgrind: nothing is read that was not set, lost, or left
# open, by it or by its child processes.  The long form tries most of what it
# can do.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -z "${SANITIZER_FLAGS-}" ] || skip_all "built with sanitizers"
command -v valgrind >/dev/null || skip_all "no valgrind"

# The command itself, not what libtool has in its place; Python is not ours.
program=$builddir/command/.libs/venvb
[ -x "$program" ] || program=$builddir/command/venvb
export LD_LIBRARY_PATH=$builddir/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export G_SLICE=always-malloc
options=(--leak-check=full --errors-for-leak-kinds=definite,indirect
         --track-fds=yes --trace-children=yes '--trace-children-skip=*python*,*pypy*,/bin/*,/usr/bin/*'
         "--suppressions=$srcdir/tests/suppressions/valgrind.supp" --log-file=log.%p)
sed -e "s|^ *exec .*|exec valgrind \"\$@\"|" "$builddir/venvb" >checked
checked () { sh ./checked "${options[@]}" "$program" "$@" </dev/null; }

# Newer versions count what is left open among the errors, some also what was open
# from the beginning: so it is their words that count, not their exit status.
errors_of () { valgrind --track-fds=yes --log-file=log.open "$@"; grep -c 'ERROR SUMMARY: [^0]' log.open; }
counts_inherited=$(errors_of /bin/true 7</dev/null)
counts_own=$(errors_of /bin/sh -c 'exec 5</dev/null')

# What valgrind says of the processes of a run.  A child process ends with its
# ends of what it shares with its parent open.
complaints () # FUNCTION-THAT-MAY|...
{
  awk -v counts_own="$counts_own" -v counts_inherited="$counts_inherited" '
       FNR == 1 { text = ""; open = 0 }
       /Open (file descriptor|AF_)/ { text = "open" }
       text != "" && /^==[0-9]+== *$/ {
         open += text ~ /inherited from parent/ ? counts_inherited : counts_own
         if (text !~ /inherited from parent|'"$1"'/) print text
         text = "" }
       text != "" { text = text "\n" $0 }
       /ERROR SUMMARY:/ && $4 != open { print FILENAME ": " $0 }' log.*
  grep -hA 12 'Invalid \|uninitialised\|definitely lost in\|indirectly lost in' log.*
}

run () # NAME STATUS COMMAND...
{
  local name=$1 want=$2 status=0; shift 2
  rm -f log.*
  checked "$@" >out 2>&1 || status=$?
  is "$name" "$status $(complaints 'isolate_run|child_run|list_dir' | head -n 60)" "$want "
  [ "$status" -eq "$want" ] || tap_diag "$(head -n 20 out)"
}

# What is learnt and cached, not under valgrind.
check "the cache is warm" "$VENVB" env-first

run "without pip" 0 --without-pip env
run "with pip, from the cache" 0 env-pip
run "a plugin, in a child process" 0 --without-pip --plugin=nushell env-nu
check "an open file would be noticed" test -n "$(complaints nobody)"
run "--clear" 0 --clear --without-pip env-nu
run "--check" 0 --check env
run "--list-plugins" 0 --list-plugins
run "an error" 1 --plugin=nowhere env-none
run "a wrong option" 2 --plugin=nushell,x=y env-none
if [ -z "$stress" ]; then finish; fi

for plugin in "$srcdir"/plugins/*/venvb-*.pod; do
  name=${plugin##*/venvb-}
  name=${name%.pod}
  run "--dump-plugin $name" 0 --dump-plugin "$name"
done
for plugin in "$builddir"/plugins/*/.libs/*.so; do
  name=${plugin##*/} want=0
  case $name in # some do nothing without an option, or can't do it here
    audit-log.so)      plugin+=,file=$scratch/audit.log ;;
    env-vars.so)       plugin+=,NAME=value ;;
    install-script.so) plugin+=,url=file:///dev/null want=1 ;;
    pip-conf.so)       plugin+=,no-index ;;
    requirements.so)   plugin+=,package=none want=1 ;;
  esac
  run "--check-plugin $name" $want --check-plugin "$plugin"
done
run "--help" 0 --help
run "--version" 0 --version
run "--explain" 0 --explain env-explain
run "--list-pythons" 0 --list-pythons
run "--json, --timings" 0 --json --timings --without-pip env-json
run "--copies" 0 --copies --link-mode=copy env-copies
run "--upgrade" 0 --upgrade env
run "several" 0 --without-pip env-1 env-2 env-3
run "--cache-info" 0 --cache-info
run "--cache-prune" 0 --cache-prune
run "without a cache" 0 --no-cache --without-pip env-uncached
run "with pip, unpacked" 0 --cache-dir="$scratch/cache-new" env-unpacked
run "--new-plugin" 0 --new-plugin hello hello-plugin
run "an unknown Python" 1 -p no-such-python env-none
run "wrong usage" 2 --nonsense
mkdir project
echo '[project]' >project/pyproject.toml
run "--clear of a project" 1 --clear project
finish
