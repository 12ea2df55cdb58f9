# shellcheck shell=bash
# The tarball has every file of the repository, but what only the latter needs.
. "${srcdir:-.}/tests/lib.sh"

command -v git >/dev/null || skip_all 'no git'
git -c safe.directory='*' -C "$srcdir" ls-files >files 2>/dev/null || skip_all 'not in a repository'
grep -vE '^\.ci/|^\.gitignore$' files | LC_ALL=C sort >expected
[ -s expected ] || skip_all 'not in a repository'
check 'the repository has files' grep -qx configure.ac expected

# Beside the build tree there may be one already.
check 'make distdir' env -u MAKEFLAGS -u MFLAGS make -s -C "$builddir" distdir distdir="$scratch/dist"
(cd dist && find . -type f -o -type l) | sed 's|^\./||' | LC_ALL=C sort >there
is 'nothing is missing' "$(comm -23 expected there)" ''

# Twice, at another time, with another umask and the settings of another user: the same,
# bit for bit.
make_tarball () # NAME
{
  env -u MAKEFLAGS -u MFLAGS -u SOURCE_DATE_EPOCH "${@:2}" make -s -C "$builddir" dist distdir="$scratch/twice" &&
    mv twice.tar.xz "$1"
}
if xz --version >/dev/null 2>&1; then
  check 'make dist' make_tarball first.tar.xz
  check '... again' make_tarball second.tar.xz TZ=Asia/Tokyo XZ_OPT=-1 TAR_OPTIONS=--owner=nobody bash -c 'umask 002; exec "$@"' bash
  check '... makes the same' cmp first.tar.xz second.tar.xz
  TZ=UTC tar -tvJf first.tar.xz >list
  is 'nobody owns what is in it' "$(awk '{ print $2 }' list | sort -u)" 0/0
  is 'all has the date of the release' "$(awk '{ print $4 }' list | sort -u)" \
     "$(date -u -d "$(sed -n 's/^ -- .*>  //p' "$srcdir/packaging/debian/changelog" | head -n 1)" +%F)"
else
  skip 'make dist' 'no xz'
fi
finish
