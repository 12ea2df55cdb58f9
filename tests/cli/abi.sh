# shellcheck shell=bash
# The interface for plugins and programs: what the library exports, that each
# header stands alone in C and C++, and that plugins of 0.1 keep working.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
run () { "$VENVB" --without-pip "$@"; }

# The exported symbols.

library=$builddir/.libs/libvenvb.so
sed -n 's/^ *\(venvb_[a-z_]*\);.*/\1/p' "$srcdir/plugin-api/venvb.syms" >wanted
if command -v nm >/dev/null && [ -e "$library" ]; then
  nm -D --defined-only "$library" >symbols
  sed -n 's/^[0-9a-f]* [A-Z] \([^@]*\)@.*/\1/p' symbols | grep -v '^VENVB_' | LC_ALL=C sort >exported
  # What a sanitizer adds to every library is not ours, nor is what counts lines.
  sed -i '/^__\(asan\|odr_asan\|ubsan\|sanitizer\)/d; /^coverage_/d' exported
  check "the library exports what venvb.syms lists" diff <(LC_ALL=C sort wanted) exported
  is "each symbol has a version" "$(grep ' [TDRB] venvb_' symbols | grep -cv '@@VENVB_[0-9.]*$')" 0
else
  skip "the library exports what venvb.syms lists" "no nm"
fi
for section in $(sed -n 's/^\(VENVB_[0-9.]*\) {$/\1/p' "$srcdir/plugin-api/venvb.syms"); do
  sed -n "/^$section {/,/^}/s/^ *\(venvb_[a-z_]*\);.*/\1/p" "$srcdir/plugin-api/venvb.syms" >symbols.$section
  check "venvb.syms is sorted: $section" diff symbols.$section <(LC_ALL=C sort symbols.$section)
done
LC_ALL=C sort -o wanted wanted
check "venvb.syms lists each symbol once" diff wanted <(LC_ALL=C sort -u wanted)
for symbol in $(cat wanted); do
  grep -qE "(^| |\*)$symbol \(" "$srcdir"/plugin-api/*.h || echo "$symbol"
done >missing
is "each symbol is declared in a header" "$(cat missing)" ''
sed -n '/^typedef/d; s/^.*\<\(venvb_[a-z_]*\) (.*/\1/p' <(grep -hv '^ *\*\|^ */\*\|^#' \
  "$srcdir"/plugin-api/*.h) | LC_ALL=C sort -u >declared
check "each function that is declared is exported" diff declared wanted

# Headers and plugins, compiled as others do.

pkg-config --exists glib-2.0 || { skip "headers" "no pkg-config"; finish; }
read -ra cc <<<"${CC:-cc}"
read -ra cxx <<<"${CXX:-}"
read -ra system <<<"$(pkg-config --cflags glib-2.0 | sed 's/-I/-isystem /g')"
api=(-I"$srcdir/plugin-api" -I"$builddir/plugin-api" "${system[@]}")
strict=(-Wall -Wextra -pedantic -Werror)
c () { "${cc[@]}" "${strict[@]}" -Wstrict-prototypes -Wmissing-prototypes "${api[@]}" "$@"; }
not () { ! "$@"; }
cplus () { "${cxx[@]}" "${strict[@]}" "${api[@]}" "$@"; }

# clang reads them differently: what gcc lets pass by itself it does not.
compilers=("${cc[*]}")
if command -v clang >/dev/null && [ "${cc[0]}" != clang ]; then compilers+=(clang); fi

have_cxx=false
if [ ${#cxx[@]} -gt 0 ] && echo 'int main () { return 0; }' >try.cc \
   && "${cxx[@]}" -fsyntax-only try.cc 2>/dev/null; then
  have_cxx=true
fi
for header in venvb.h venvb-builder.h venvb-context.h venvb-extend.h venvb-inspect.h venvb-plugin.h venvb-run.h venvb-version.h venvb-wheels.h; do
  printf '#include <%s>\n#include <%s>\nint here;\n' $header $header >use.c
  cp use.c use.cc
  for compiler in "${compilers[@]}"; do
    read -ra words <<<"$compiler"
    for std in c11 gnu11 c17; do
      check "$header alone, twice, as $std (${words[0]##*/})" \
        "${words[@]}" "${strict[@]}" -Wstrict-prototypes -Wmissing-prototypes "${api[@]}" \
        -std=$std -fsyntax-only use.c
    done
  done
  for std in c++11 c++17 c++20; do
    if $have_cxx; then
      check "$header alone, twice, as $std" cplus -std=$std -fsyntax-only use.cc
    else
      skip "$header as $std" "no C++ compiler"
    fi
  done
done

# The smallest plugin is the one in venvb-plugin.h.
sed -n '/@code/,/@endcode/p' "$srcdir/plugin-api/venvb-plugin.h" | sed '/code$/d; s/^ \*//' >hello.c
sed 's/gpointer self,/gpointer,/' hello.c >hello.cc
for options in -std=c11 '-std=gnu11 -fvisibility=hidden -O2' '-std=c11 -Wl,--as-needed'; do
  read -ra words <<<"$options"
  check "the smallest plugin compiles ($options)" \
    c -Wno-unused-parameter "${words[@]}" -shared -fPIC -o hello.so hello.c
  check "the smallest plugin loads ($options)" run --plugin=./hello.so new
  is "the smallest plugin runs ($options)" "$(cat new/hello)" hello
  rm -rf new
done
if $have_cxx; then
  for options in '-std=c++20' '-std=c++20 -fvisibility=hidden'; do
    read -ra words <<<"$options"
    check "a plugin in C++ compiles ($options)" \
      cplus "${words[@]}" -Wno-unused-parameter -shared -fPIC -o hello.so hello.cc
    check "a plugin in C++ loads ($options)" run --plugin=./hello.so new
    is "a plugin in C++ runs ($options)" "$(cat new/hello)" hello
    rm -rf new
  done
else
  skip "a plugin in C++" "no C++ compiler"
fi

# A table of options: a member of another type is noticed, in C and in C++.
cat >table.c <<'END'
#include <venvb-plugin.h>
typedef struct { char *text; char **words; gboolean flag; gint64 number; guint choice; } Data;
static const VenvbOption options[] = {
  { .key = "text", VENVB_STRING (Data, text), .help = "text", .required = TRUE },
  { .key = "words", VENVB_STRINGS (Data, words), .help = "words" },
  { .key = "flag", VENVB_FLAG (Data, flag), .help = "flag", .initial = "yes" },
  { .key = "number", VENVB_INTEGER (Data, number, 1, 9), .help = "number", .value = "N" },
  { .key = "choice", VENVB_CHOICE (Data, choice, "a|b"), .help = "choice", .initial = "b" },
};
VENVB_PLUGIN (.name = "table", .version = "1", VENVB_OPTIONS (Data, options))
END
sed 's/VENVB_STRING (Data, text)/VENVB_STRING (Data, flag)/' table.c >wrong.c
cp table.c table.cc
cp wrong.c wrong.cc
# What is left out is zero: in C the author leaves that warning off, in C++ VENVB_PLUGIN() does.
lax=(-Wno-missing-field-initializers)
check "a table of options compiles" c "${lax[@]}" -std=c11 -fsyntax-only table.c
check "a member of another type does not" not c "${lax[@]}" -std=c11 -fsyntax-only wrong.c
if $have_cxx; then
  check "a table of options compiles in C++" cplus "${lax[@]}" -std=c++20 -fsyntax-only table.cc
  check "a member of another type does not in C++" not cplus "${lax[@]}" -std=c++20 -fsyntax-only wrong.cc
else
  skip "a table of options in C++" "no C++ compiler"
fi

# A plugin as compiled with 0.1.

check "a plugin of 0.1" run \
  --plugin="$builddir/tests/plugins/.libs/frozen-0.1.so,key=value" new
cat >expected <<'END'
load
set_option key value 1
ready 1
find_python 1
ensure_directories 1
create_ignore_files 1
create_configuration 1
setup_python 1
setup_scripts 1
post_setup 1
attr 0 env_dir 1
attr 1 env_name 1
attr 2 prompt 1
attr 3 python 0
attr 4 executable 1
attr 5 python_dir 1
attr 6 python_exe 1
attr 7 version 1
attr 8 inc_path 1
attr 9 lib_path 1
attr 10 platlib_path 1
attr 11 script_path 0
attr 12 bin_path 1
attr 13 bin_name 1
attr 14 env_exe 1
attr 15 env_exec_cmd 1
attr 16 cfg_path 1
flag 0 0
flag 1 0
flag 2 1
flag 3 0
flag 4 0
flag 5 0
flag 6 1
flag 7 0
flag 8 1
stage 0 find_python
stage 1 ensure_directories
stage 2 create_ignore_files
stage 3 create_configuration
stage 4 setup_python
stage 5 setup_pip
stage 6 setup_scripts
stage 7 post_setup
stage 8 upgrade_dependencies
END
check "a plugin of 0.1: what it saw" diff expected new/seen

# The releases: a plugin compiled with the headers of each works with this
# library, and so does its source with the headers of now.

for release in "$srcdir"/tests/abi/[0-9]*; do
  name=${release##*/}
  old=(-I"$release" "${system[@]}")
  new_headers=("${api[@]}")
  # shellcheck disable=SC2086 # options
  for which in old new_headers; do
    declare -n includes=$which
    check "$name, $which: a plugin compiles" "${cc[@]}" -std=gnu11 -Wall -Werror ${SANITIZER_FLAGS:-} \
      "${includes[@]}" -shared -fPIC -o plugin.so "$release/plugin.c"
    check "$name, $which: it is used" run -v --plugin="./plugin.so,text=a b" new
    cp "$scratch/.out" said
    is "$name, $which: what it did" "$(cat new/abi)" "'a b' new bin 1 cpython"
    is "$name, $which: what it said" "$(grep -c "^venvb: abi: 'a b'$" said)" 1
    rm -rf new
    check_fails "$name, $which: a missing option" 2 \
      "plugin 'plugin': the option '?text'? is missing$" \
      run --plugin=./plugin.so new
  done
  # libvenvb.abi says which member was where, in bits.
  {
    printf '#include <stddef.h>\n#include <venvb-plugin.h>\n'
    for type in VenvbPlugin VenvbOption; do
      sed -n "/<class-decl name='_$type'/,/<\/class-decl>/{
        s/.*layout-offset-in-bits='\([0-9]*\)'.*/_Static_assert (\1 == 8 * offsetof ($type,/p
        s/.*<var-decl name='\([a-z_]*\)'.*/\1), \"\1\");/p
      }" "$release/libvenvb.abi"
    done
  } >layout.c
  is "$name: the members of VenvbPlugin are known" "$(($(grep -c offsetof layout.c) > 18))" 1
  if grep -q "address-size='$(($("${cc[@]}" -dM -E - </dev/null | sed -n 's/^#define __SIZEOF_POINTER__ //p') * 8))'" \
      "$release/libvenvb.abi"; then
    check "$name: they are where they were" c -std=c11 -fsyntax-only layout.c
  else
    skip "$name: they are where they were" "another machine's"
  fi
done

finish
