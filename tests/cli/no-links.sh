# shellcheck shell=bash
# Where there are no symbolic links (exFAT, some network file systems), an
# environment has copies; where modes can't be set, those that there are.
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
minor=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
strace -o /dev/null -e inject=?symlink,symlinkat:error=ENOSYS true 2>/dev/null || skip_all 'no strace that injects'
# Those of a run's undoing are made by another system call.
without () # ERROR COMMAND...
{
  local error=$1; shift
  strace -f -qq -o /dev/null -e "inject=?symlink,symlinkat:error=$error" "$@"
}
without EPERM "$base" -c 'import os; os.symlink("a", "b")' 2>/dev/null && skip_all 'here a link is made by another system call'
mk () { "$VENVB" --without-pip "$@"; }
links () { (cd "$1" && find . -type l | sort | xargs); }
quiet () { "$@" >out 2>&1 && [ ! -s out ]; }

for error in EPERM EOPNOTSUPP ENOSYS EINVAL EACCES; do
  rm -rf env
  check "$error: an environment" without $error "$VENVB" --without-pip env
  is '... what is said' "$(sed "s/ ([^)]*)//; s|$scratch/||" .out | sort | uniq | sed 's/[0-9.]*'"'"':/:/' | uniq)" \
    "venvb: cannot link 'env/bin/python: it is a copy"
  is '... has no links' "$(links env)" ''
  check '... works' works env
  check '... sound' mk --check env
  check '... once more' without $error "$VENVB" --without-pip env
  is '... has no links then' "$(links env)" ''
done
rm -rf env
check 'with --copies there is nothing to say' quiet without ENOSYS "$VENVB" --without-pip --copies env
is '... no links' "$(links env)" ''
check '... works' works env
check 'with --copies, an upgrade' quiet without ENOSYS "$VENVB" --without-pip --copies --upgrade env
check '... works' works env
check_fails 'what else keeps a link from being made' 1 "cannot create link '$scratch/new/lib64': No space left" \
  without ENOSPC "$VENVB" --without-pip --copies new
check '... leaves nothing' test ! -e new

# Extensions in lib64, of which that is said: see lib64.sh.
cat >tools/in64 <<END
#!/bin/sh
case \$5 in
  *venvb-facts*) "$base" "\$@" | sed -z 's|^lib64=.*|lib64=1|; s|^platlib=.*|platlib=lib64/python$minor/site-packages|' ;;
  *) exec "$base" "\$@" ;;
esac
END
chmod +x tools/in64
check 'extensions in lib64' quiet without ENOSYS "$VENVB" --without-pip --copies -p tools/in64 in64
check '... a directory' test -d "in64/lib64/python$minor/site-packages" -a ! -L in64/lib64
check 'extensions in lib64, once more' quiet without ENOSYS "$VENVB" --without-pip --copies -p tools/in64 in64
check '... where there are links by now' quiet mk --copies -p tools/in64 in64
check '... the directory stays' test -d "in64/lib64/python$minor/site-packages" -a ! -L in64/lib64

# Where modes and times can't be set, either: scripts, whose modes are not those of
# the umask, and wheels.
umask 077
mkdir wheels
make_wheel wheels pip 99.1
for error in EPERM EOPNOTSUPP ENOSYS; do
  rm -rf env
  check "no modes, no times: $error" quiet strace -f -qq -o /dev/null -e "inject=/chmod:error=$error" \
    -e "inject=utimensat:error=$error" "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" env
  check '... works' works env
  check '... sound' mk --check env
done
finish
