# An installed tree that was moved: its own files are found where it is now, without a
# variable that says so; the system's configuration is where it was.
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cli/installed.inc
. "$srcdir/tests/cli/installed.inc"

copy_installation || { finish; }
find_base
use_only_base

prefix=$(makefile_var prefix)
mkdir elsewhere
tree=$scratch/elsewhere/v
mv "$root$prefix" "$tree"
libdir=$(dirname "$(find "$tree" -name libvenvb.so | head -n 1)")
venvb=$tree/bin/venvb
export LD_LIBRARY_PATH=$libdir

check "nothing is where it was built for" test ! -e "$prefix/share/venvb/templates"
check "pip, from where the tree is" "$venvb" env
check "it works" env/bin/pip --version
check "scripts are there" test -s env/bin/activate.fish
is "plugins are the tree's" \
  "$("$venvb" --list-plugins | wc -l)" \
  "$(find "$libdir/venvb/plugins" -name '*.so' | wc -l)"
for plugin in nushell xonsh activate-this hg-ignore; do
  check "the plugin $plugin, and its data" "$venvb" --without-pip --plugin="$plugin" "env-$plugin"
done
check "data of a plugin" test -s env-nushell/bin/activate.nu

# A module, wherever the library has been named.
lock=$libdir/venvb-0/lock.so
if test -e "$lock"; then
  printf 'lock-version = "1.0"\ncreated-by = "hand"\n[[packages]]\nname = "a"\nversion = "1"\n' >pylock.toml
  check_fails "the module that reads locks" 1 "package 'a': wheels: there is nothing to install" \
    "$venvb" --without-pip --plugin=lock --lock=pylock.toml env-lock
else
  skip "the module that reads locks" "it was not built"
fi

# By a relative name, through a link, and by way of "..".
lib=${libdir#"$tree"/}
ln -s "$tree" "a link"
mkdir links
ln -s "$libdir"/libvenvb.so.* links/
create () { "$venvb" --without-pip --plugin=nushell "$1" && test -s "$1/bin/activate.nu"; }
check "a library by a relative name" env -C "$tree" LD_LIBRARY_PATH="$lib" \
  bin/venvb --without-pip --plugin=nushell "$scratch/env-relative"
is "its plugins" "$(cd "$tree" && LD_LIBRARY_PATH=$lib bin/venvb --list-plugins | wc -l)" \
  "$(find "$libdir/venvb/plugins" -name '*.so' | wc -l)"
for path in "$scratch/a link/$lib" "$tree/bin/../$lib" "$scratch/links"; do
  LD_LIBRARY_PATH=$path check "a library in ${path#"$scratch/"}" create "env-${path//\//_}"
done

# A project for a plugin, which is built and tested with what is there.
sed -i "s|^prefix=.*|prefix=$tree|" "$libdir/pkgconfig/venvb.pc"
check "a project for a plugin" "$venvb" --new-plugin=third third
if command -v pkg-config >/dev/null; then
  check "it is built and tested" env PATH="$tree/bin:$PATH" VENVB="$venvb" VENVB_CHECK_VALGRIND= \
    PKG_CONFIG_PATH="$libdir/pkgconfig" make -C third check
  check "it is used" "$venvb" --without-pip --plugin=./third/third.so env-third
else
  skip "it is built and tested" "no pkg-config"
fi

# The system's configuration does not move along; a plugin that it makes mandatory is the
# tree's.
is "the system's configuration" \
  "$(env -u VENVB_SYSCONFDIR -u VENVB_DATADIR "$venvb" --check-config --json 2>/dev/null | grep -cF "$tree")" 0

# A library that was taken out of its tree has that of the build, and says where it looked.
mkdir alone alone/lib
cp "$libdir"/libvenvb.so.? alone/lib/
LD_LIBRARY_PATH=$scratch/alone/lib check_fails "a library alone" 1 \
  "plugin 'nushell' is not installed; searched: .*$prefix/" "$venvb" --without-pip --plugin=nushell env-alone
finish
