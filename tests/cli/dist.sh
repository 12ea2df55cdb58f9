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
finish
