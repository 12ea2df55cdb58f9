# shellcheck shell=bash
# Follows venvb-tutorial(7) to the letter: what it says to write is written,
# what it says to type is typed, and has to print what it says.  A package is
# installed into a directory, by a sudo and an apt-get that do just that.  With
# TEST_INSTALLED=yes those of the machine are used, with the venvb that is
# installed there: to be run as root in a root directory made for it.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/docs.inc
. "$srcdir/tests/docs.inc"

for tool in dpkg dpkg-deb pkg-config "${CC:-cc}"; do
  command -v "${tool%% *}" >/dev/null || skip_all "no $tool"
done
umask 022
unset SSL_CERT_FILE
mkdir bin work
pod_blocks "$srcdir/docs/venvb-tutorial.pod" "$scratch/blocks" || exit 1

check "the plugin of the tutorial has 40 lines at most" test "$(
  sed -n '/^=for example file acme-ca.c/,/^The table/p' "$srcdir/docs/venvb-tutorial.pod" | grep -c '^  .')" -le 40

# What stands for an installation: the build tree installed below $root.
pretend_installed ()
{
  root=$scratch/root
  cp -R "$builddir/tests/installed" "$root" || return
  prefix=$(sed -n 's/^prefix = //p' "$builddir/Makefile" | head -n 1)
  pc=$(find "$root" -name venvb.pc)
  libdir=$(dirname "$(dirname "$pc")")
  dropindir=$(PKG_CONFIG_PATH=$(dirname "$pc") pkg-config --variable=dropindir venvb) || return
  cat >bin/venvb <<END
#!/bin/sh
export LD_LIBRARY_PATH='$libdir' VENVB_PLUGIN_PATH='$libdir/venvb/plugins'
export VENVB_TEMPLATE_DIR='$root$prefix/share/venvb/templates' VENVB_MODULE_DIR='$libdir/venvb-0'
export VENVB_DATADIR='$root${dropindir%/venvb.d}' VENVB_SYSCONFDIR='$root$prefix/etc/venvb'
exec '$root$prefix/bin/venvb' "\$@"
END
  cat >bin/pkg-config <<END
#!/bin/sh
export PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
PKG_CONFIG_PATH='$(dirname "$pc")' '$(command -v pkg-config)' "\$@" |
  sed 's|-I$prefix/include/venvb|-I$root&|; s|-L${libdir#"$root"}|-L$libdir|; s|-I$root-I|-I$root|'
END
  cat >bin/apt-get <<END
#!/bin/sh
case \$1 in
  install) exec dpkg-deb -x "\$3" '$root' ;;
  remove)  find '$root' -name '*acme*' ! -type d -exec rm -f {} + ;;
esac
END
  printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
  printf '#!/bin/sh\nexec %s "$@"\n' "${CC:-cc}" >bin/cc
  chmod +x bin/*
  PATH=$scratch/bin:$PATH
}
if [ -n "${TEST_INSTALLED:-}" ]; then
  # Of the machine, and root needs no sudo.
  unset VENVB_DATADIR VENVB_SYSCONFDIR
  printf '#!/bin/sh\nexec "$@"\n' >bin/sudo && chmod +x bin/sudo
  PATH=$PATH:$scratch/bin
else
  check "installed for the tutorial" pretend_installed || finish
fi
cd work || exit 1

# Every line of a block is printed; "..." stands for anything.
prints () # EXPECTED GOT
{
  local line pattern
  while IFS= read -r line; do
    pattern=$(printf '%s\n' "$line" | sed 's/[][\.*^$]/\\&/g; s/\\\.\\\.\\\./.*/g')
    grep -qxe "$pattern" "$2" || { echo "not printed: $line"; cat "$2"; return 1; }
  done <"$1"
}

first_line () { sed -n '1{p;q;}' "$1" | cut -c 1-60; }
for block in "$scratch"/blocks/[0-9][0-9]; do
  read -r kind condition _ <"$block.kind"
  if [ "$kind" = run ]; then
    printf 'set -e\n' | cat - "$block" >"$scratch/script"
    if [ "$condition" = fails ]; then
      check "fails, as it should: $(first_line "$block")" \
        bash -c '! bash "$1" >"$2" 2>&1' bash "$scratch/script" "$scratch/printed"
    else
      check "$(first_line "$block")" bash -c 'bash "$1" >"$2" 2>&1 || { cat "$2"; exit 1; }' \
        bash "$scratch/script" "$scratch/printed"
    fi
  elif [ "$kind" = output ]; then
    check "prints: $(first_line "$block")" prints "$block" "$scratch/printed"
  elif [ "$kind" = file ]; then
    cp "$block" "$condition"
  else
    is "a block that this test understands: $(first_line "$block")" "$kind" "file, run or output"
  fi
done
is "it is gone from the machine" "$(venvb --list-plugins | grep -c acme)" 0
is "an environment made before is whole" \
  "$(trial/bin/python -c 'import os; print(os.environ["SSL_CERT_FILE"])')" /etc/acme.pem
finish
