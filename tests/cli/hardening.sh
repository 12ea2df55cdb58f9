# shellcheck shell=bash
# How the installed programs and libraries were linked: what configure found the
# compiler to know of, against mistakes in C that somebody makes use of.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cli/installed.inc
. "$srcdir/tests/cli/installed.inc"

hardening=" $(makefile_var HARDENING_CFLAGS) $(makefile_var HARDENING_LDFLAGS) $(makefile_var PIE_LDFLAGS) "
[ "$hardening" != "   " ] || skip_all "built without: --disable-hardening, or sanitizers"
command -v readelf >/dev/null || skip_all "no readelf"
installed=$builddir/tests/installed
is_elf () { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }
find "$installed" -type f \( -perm -100 -o -name '*.so*' \) | sort >files
while read -r file; do ! is_elf "$file" || echo "$file"; done <files >elf
check "there are the command, the library, the plugins and the modules" \
  test "$(grep -cE '/(bin/venvb|libvenvb\.so[.0-9]*|plugins/git-ignore\.so|venvb-0/unpack\.so)$' elf)" -eq 4

# Each prints what is wrong with a file, or nothing.

is_asked_for () { case $hardening in *" $1 "*) ;; *) return 1 ;; esac; } # OPTION

is_program () { readelf -Wl "$1" | grep -q INTERP; }

position () # a program may lie anywhere
{
  ! is_program "$1" || readelf -Wh "$1" | grep -qE 'Type: +DYN' || echo "not position-independent"
}

relro () # what is relocated is read-only then, at once
{
  readelf -Wl "$1" | grep -q GNU_RELRO || echo "no RELRO"
  readelf -Wd "$1" | grep -qE 'BIND_NOW|FLAGS_1.* NOW' || echo "binds lazily"
}

stack () { readelf -Wl "$1" | grep -qE 'GNU_STACK.* RW ' || echo "the stack is executable"; }

segments () # nothing is both written and executed
{
  ! readelf -Wl "$1" | grep -E '^ +LOAD .*RWE' || echo "a segment is writable and executable"
}

paths () # libraries are where the system looks for them, or where these were configured to be
{
  readelf -Wd "$1" | sed -n 's/.*(\(RPATH\|RUNPATH\)).*\[\(.*\)\].*/\1 \2/p' | grep -vxF "RUNPATH $(makefile_var libdir)"
}

texts () { ! readelf -Wd "$1" | grep -q TEXTREL || echo "code is relocated"; }

control_flow () # x86: jumps end where they are meant to
{
  objdump -d --no-show-raw-insn "$1" | grep -q endbr || echo "nothing is the end of a jump"
}

all_files () # NAME FUNCTION
{
  while read -r file; do
    "$2" "$file" | sed "s|^|${file#"$installed"}: |"
  done <elf >found
  is "$1: $(wc -l <elf) files" "$(cat found)" ''
}

if is_asked_for -pie; then all_files "programs are position-independent" position
else skip "programs are position-independent" "the linker does not know -pie"; fi
if is_asked_for -Wl,-z,now; then all_files "full RELRO" relro
else skip "full RELRO" "the linker does not know -z now"; fi
all_files "no executable stack" stack
all_files "nothing both writable and executable" segments
all_files "no relocations of code" texts
all_files "no RPATH or RUNPATH elsewhere" paths

# The mark that whole programs bear is missing where the C library has none.
if ! is_asked_for -fcf-protection; then
  skip "control-flow protection" "the compiler does not know -fcf-protection"
elif ! command -v objdump >/dev/null; then
  skip "control-flow protection" "no objdump"
else
  all_files "control-flow protection" control_flow
fi

# The functions of the C library that check what they are given are called.
imports () { readelf -W --dyn-syms "$1" | grep ' UND '; }
while read -r file; do imports "$file"; done <elf >imported
if is_asked_for -fstack-protector-strong; then
  check "the stack is guarded" grep -q ' __stack_chk_fail' imported
else
  skip "the stack is guarded" "the compiler does not know -fstack-protector-strong"
fi
case $hardening in
  *" -D_FORTIFY_SOURCE="*)
    check "the library's buffers are checked" grep -qE ' __(v?[fs]n?printf|read|readlinkat|mem(cpy|set|move))_chk' imported ;;
  *) skip "the library's buffers are checked" "_FORTIFY_SOURCE is the user's or not possible" ;;
esac

# Others' opinions.  hardening-check reads PIE from programs only.
if command -v hardening-check >/dev/null; then
  while read -r file; do
    hardening-check --quiet --nostackprotector --nofortify --nocfprotection "$file"
  done <elf >opinion 2>&1
  sed -i '/: Position Independent Executable: no, regular shared library (ignored)/d' opinion
  is "hardening-check finds nothing" "$(cat opinion)" ''
else
  skip "hardening-check finds nothing" "no hardening-check"
fi
finish
