# SPDX-License-Identifier: BSD-2-Clause
# Which wheels a Python can use, and in which order it likes them: what its own
# pip says of that, and packaging where it is there, for each Python found.  Then
# what pythons/facts.py tells of machines that this is not.

. "$(dirname "$0")/../lib.sh"
. "$srcdir/tests/cli/fidelity.inc"
tool=$builddir/tests/wheel-tool
find_base

ours () { "$tool" tags "$1"; }

# Before packaging 26.3, linux_ARCH stood behind manylinux.
linux_first ()
{
  awk -F - '
    function flush (i) {
      for (i = 1; i <= n; i++) if (line[i] ~ /-linux_/) print line[i]
      for (i = 1; i <= n; i++) if (line[i] !~ /-linux_/) print line[i]
      n = 0
    }
    $1 "-" $2 != last { flush(); last = $1 "-" $2 }
    { line[++n] = $0 }
    END { flush() }'
}

at_least () { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]; } # VERSION OTHER

by_pip () { "$1" -m pip debug --verbose 2>/dev/null | sed -n '/^Compatible tags:/,$s/^  \([^ ]*-[^ ]*-[^ ]*\)$/\1/p'; }

compare_with_pip () # LABEL PYTHON
{
  local label="$1: as its pip" version
  version=$("$2" -c 'from pip._vendor import packaging; print(packaging.__version__)' 2>/dev/null)
  by_pip "$2" >theirs
  [ -n "$version" ] || { skip "$label" 'it has no pip'; return; }
  grep -q manylinux_2_17 theirs || { skip "$label" "its pip knows no PEP 600"; return; }
  ours "$2" >mine || { is "$label" 'no answer' ''; return; }
  at_least "$version" 26.3 || { linux_first <theirs >sorted && mv sorted theirs; }
  # What pip does not list: PEP 803's ABI in older ones, and what packaging has
  # for any PyPy.
  at_least "$version" 26.1 || { grep -v -e '-abi3t-' mine >less; mv less mine; }
  grep -v '^pp3-none-any$' mine >less
  check "$label ($(wc -l <less) tags)" diff theirs less
}

compare_with_packaging () # LABEL PYTHON
{
  local label="$1: as packaging" version
  version=$("$2" -c 'import packaging; print(packaging.__version__)' 2>/dev/null)
  at_least "${version:-0}" 26.3 || return
  has_packaging=yes
  "$2" -c 'import packaging.tags as t; print("\n".join(map(str, t.sys_tags())))' >theirs
  # What pip takes besides.
  ours "$2" | grep -v '^pp3[0-9]*-none-any$' >mine
  check "$label" diff <(grep -v '^pp3-none-any$' theirs) mine
}

discover | some >list
for other in pypy3 graalpy; do
  program=$(command -v "$other") && printf '%s %s\n' "$other" "$(realpath "$program")" >>list
done
[ -s list ] || skip_all 'no Python is found'
has_packaging=
while read -r version python; do
  compare_with_pip "$version $python" "$python"
  compare_with_packaging "$version $python" "$python"
done <list
[ -n "$has_packaging" ] || skip 'as packaging' 'no Python has packaging 26.3 or newer'

# What the interpreter of another machine would tell: facts.py, with a program
# that is not its own.
cat >as.py <<'END'
import os, sys
source, program, code = sys.argv[1:4]
with open(source) as file:
    exec(file.read().rsplit('main()', 1)[0])
sys.executable = program
def confstr(name):
    raise ValueError(name)
os.confstr = confstr
print(eval(code))
END
as () { "$base" as.py "$srcdir/pythons/facts.py" "$@" 2>&1; } # PROGRAM EXPRESSION

printf '#!/bin/sh\nprintf "musl libc (x86_64)\\nVersion 1.2.4\\nDynamic Program Loader\\n" >&2\nexit 1\n' >ld-musl-x.so.1
printf '#!/bin/sh\necho "something else" >&2\n' >ld-other-musl.so
chmod +x ld-*
echo 'int main (void) { return 0; }' >main.c
if ${CC:-cc} -o on-musl main.c -Wl,--dynamic-linker="$scratch/ld-musl-x.so.1" 2>/dev/null; then
  is 'musl, by its loader' "$(as on-musl 'libc_facts()')" "('musl', '1.2')"
  ${CC:-cc} -o on-other main.c -Wl,--dynamic-linker="$scratch/ld-other-musl.so"
  is 'a loader that tells no version' "$(as on-other 'libc_facts()')" "('musl', '')"
  ${CC:-cc} -o on-none main.c -Wl,--dynamic-linker="$scratch/none/musl.so"
  is 'a loader that is not there' "$(as on-none 'libc_facts()')" "('musl', '')"
else
  skip 'musl, by its loader' 'no C compiler'
fi
is 'no glibc, and no musl' "$(as "$base" 'libc_facts()')" "('', '')"
"$base" - <<'END'
import struct
ident = b'\x7fELF' + bytes([1, 1, 1]) + bytes(9)
header = struct.pack('<HHIIIIIHHH', 2, 40, 1, 0, 52, 0, 0x5000400, 52, 32, 1)
piece = struct.pack('<IIIIIIII', 3, 84, 0, 0, 20, 20, 4, 1)
open('arm', 'wb').write(ident + header + bytes(6) + piece + b'/lib/ld-musl-arm.so\0')
open('arm-cut', 'wb').write((ident + header)[:40])
open('arm-odd', 'wb').write(ident + header[:-2] + b'\xff\xff' + bytes(6) + bytes(64))
END
is 'ARM: machine, flags, loader' "$(as arm 'elf_facts()')" "(40, 83887104, '/lib/ld-musl-arm.so')"
for broken in arm-cut as.py none /dev/null; do
  is "no program: $broken" "$(as "$broken" 'elf_facts()')" "(0, 0, '')"
done
check 'a header that claims too much' as arm-odd 'elf_facts()'

# A distributor's objection, in both forms that there are.
vetoed () # MODULE-TEXT [GLIBC-VERSION]
{
  mkdir -p veto; printf '%s\n' "$1" >veto/_manylinux.py
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$scratch/veto "$base" as.py "$srcdir/pythons/facts.py" "$base" \
    '"/".join(refused_manylinux("linux-x86_64", "'"${2-2.18}"'"))' 2>&1
}
is 'no objection' "$(vetoed '')" ''
is 'to manylinux2014' "$(vetoed 'manylinux2014_compatible = False')" 2_17_x86_64
is 'to what is new' \
  "$(vetoed 'def manylinux_compatible(major, minor, arch): return None if minor < 17 else arch == "s390x"')" \
  2_18_x86_64/2_17_x86_64
is 'by a module that fails' "$(vetoed 'import nothing_like_this')" ''
is 'a version that is none' "$(vetoed 'manylinux2014_compatible = False' 2.x)" ''
finish
