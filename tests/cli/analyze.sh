# shellcheck shell=bash
# What reads the sources without running them: no tool has anything to say.
# The long form, "make analyze", has all scripts read, and two analyzers follow
# each path through the functions.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

have () # NAME TOOL
{
  command -v "$2" >/dev/null || { skip "$1" "no $2"; return 1; }
}

cd "$builddir" || exit 1
said=$scratch/said
quiet () # NAME COMMAND... : exits with 0, and says nothing
{
  local name=$1 status=0; shift
  "$@" >"$said" 2>&1 </dev/null || status=$?
  is "$name" "$status$(head -n 100 "$said")" 0
}

# C.

mapfile -t flags <tests/analysis.flags
mapfile -t rooms < <(find "$srcdir"/{base,fetch,undo,wheel,core,cache,kit,pythons,lock,stages,command,plugins} -name '*.c' ! -path '*/template/*' | sort)
if grep -q '^HAVE_LIBCURL_TRUE = #' Makefile; then
  mapfile -t rooms < <(printf '%s\n' "${rooms[@]}" | grep -v -e /install-script/ -e /fetch/)
fi
mapfile -t others < <(find "$srcdir"/{bench,tests} -maxdepth 2 -name '*.c' | sort)
if grep -q '^HAVE_FUSE_TRUE = #' Makefile; then
  mapfile -t others < <(printf '%s\n' "${others[@]}" | grep -v /oddfs/)
fi
tap_diag "${#rooms[@]} files of venvb, ${#others[@]} of its tests"
warnings=(-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
          -Wpointer-arith -Wno-unused-parameter -Wno-missing-field-initializers)
[ -n "$stress" ] || others=()
if have "clang warns of nothing" clang; then
  quiet "clang warns of nothing" \
    clang -std=gnu11 -fsyntax-only "${warnings[@]}" "${flags[@]}" "${rooms[@]}" "${others[@]}"
fi
if have "cppcheck finds nothing" cppcheck; then
  mapfile -t ours < <(printf '%s\n' "${flags[@]}" |
    awk '/^-include/ { getline; next } /^-[DIU]/ && !/^-I\/usr\// && !/^-DHAVE_CONFIG_H/')
  quiet "cppcheck finds nothing" \
    cppcheck --quiet --std=c11 --enable=warning,portability --library=gtk,posix --inline-suppr \
      --suppressions-list="$srcdir/tests/suppressions/cppcheck.txt" -D__linux__ -D__GNUC__ \
      '-DG_GNUC_PRINTF(x,y)=' -DG_GNUC_NORETURN= \
      '-DG_SEARCHPATH_SEPARATOR_S=":"' '-DG_GUINT64_FORMAT="lu"' '-DG_GINT64_FORMAT="li"' '-DG_GSIZE_FORMAT="lu"' \
      '-DG_DEFINE_QUARK(x,y)=' "${ours[@]}" "${rooms[@]}"
fi

each () # COMMAND... : for each file of venvb
{
  printf '%s\0' "${rooms[@]}" | xargs -0 -n 1 -P "$(nproc)" "$@"
}

long="has nothing to say (the long form only)"
if [ -z "$stress" ]; then
  skip "gcc's analyzer $long" "make analyze"
  skip "clang's analyzer $long" "make analyze"
else
  read -ra cc <<<"${CC:-cc}"
  if ! "${cc[@]}" --version | grep -q 'Free Software'; then
    skip "gcc's analyzer $long" "the compiler is not gcc"
  else
    # It takes what g_steal_pointer () hands on for never set (gcc 12).
    quiet "gcc's analyzer $long" each "${cc[@]}" -std=gnu11 -O1 -fanalyzer \
      -Wno-analyzer-use-of-uninitialized-value -c -o /dev/null "${flags[@]}"
  fi
  # It does not know that g_autofree frees, so nothing of unix.Malloc; the
  # sanitizers and valgrind look for what is lost.
  if have "clang's analyzer $long" clang; then
    quiet "clang's analyzer $long" each clang --analyze -std=gnu11 --analyzer-output text \
      -Xclang -analyzer-checker=core,deadcode,nullability,valist,unix.API,unix.cstring \
      -Xclang -analyzer-checker=unix.MallocSizeof,unix.MismatchedDeallocator,unix.Vfork \
      -Xclang -analyzer-disable-checker=unix.Malloc "${flags[@]}"
  fi
fi

# Shell scripts: each that says which shell it is for.  In the tests, much is
# set for a script that is sourced, or by one (SC1091, SC2034, SC2154), odd texts
# are what they are about (SC1112, SC2054, SC2088, SC2089, SC2090), names that ls
# lists are the test's own (SC2010, SC2011), and $scratch is never empty (SC2115).

cd "$srcdir" || exit 1
find . \( -name 'build*' ! -name build-aux ! -name build-deb -o -name '_*' -o -name '.git' -o -name '*.c' \
     -o -name '*.html' \) -prune -o -type f ! -path './tests/*' -size -64k -print | sort |
  while read -r file; do
    if head -n 1 "$file" | tr -d '\0' | grep -qE '^#!.*[/ ](ba)?sh$|shellcheck shell=(ba)?sh'; then echo "$file"; fi
  done | grep -vE '^\./(configure|config\.|libtool|aclocal|build-aux/(ar-lib|compile|config|depcomp|install-sh|ltmain|missing|tap-driver|test-driver))' >"$scratch/plain"
mapfile -t plain <"$scratch/plain"
lint () { quiet "shellcheck: $1" shellcheck --external-sources "${@:2}"; }
if have "shellcheck" shellcheck; then
  check "the scripts are found" test "${#plain[@]}" -ge 5
  lint "${#plain[@]} scripts" "${plain[@]}" completion/venvb.bash
  # Some quotes end and begin again around a placeholder (SC2140), and the
  # deactivate that is called first is another environment's (SC2218).
  lint "activate" --shell=bash --severity=warning --exclude=SC2123,SC2140,SC2218 templates/common/activate
  if [ -n "$stress" ]; then
    # shellcheck disable=SC2046 # names without spaces
    quiet "shellcheck: the tests" shellcheck --shell=bash --severity=warning \
      --exclude=SC1091,SC1112,SC2010,SC2011,SC2034,SC2054,SC2088,SC2089,SC2090,SC2115,SC2154 \
      tests/*.sh tests/*.inc tests/*/*.sh tests/*/*.inc
  else
    skip "shellcheck: the tests (the long form only)" "make analyze"
  fi
fi
for shell in zsh fish bash dash; do
  case $shell in
    zsh)  files=(completion/_venvb templates/common/activate) ;;
    fish) files=(completion/venvb.fish templates/common/activate.fish) ;;
    *)    files=(templates/common/activate) ;;
  esac
  for file in "${files[@]}"; do
    if have "$shell reads $file" "$shell"; then quiet "$shell reads $file" "$shell" -n "$file"; fi
  done
done

# Python.

mapfile -t scripts < <(find bench pythons plugins tests -name '*.py' | sort)
quiet "Python reads ${#scripts[@]} scripts" python3 -B -W error -c '
import pathlib, sys
for name in sys.argv[1:]:
    compile(pathlib.Path(name).read_bytes(), name, "exec")' "${scripts[@]}"
if python3 -B -c 'import pyflakes' 2>/dev/null; then
  quiet "pyflakes finds nothing" python3 -B -m pyflakes "${scripts[@]}"
else
  skip "pyflakes finds nothing" "no pyflakes"
fi
finish
