# What "make install" leaves: everything in its place, enough to build a
# plugin and an embedding program outside of the tree, and nothing after
# "make uninstall".
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/installed.inc"

copy_installation || { finish; }

prefix=$(makefile_var prefix)
inst=$root$prefix
libdir=$(dirname "$(find "$root" -name 'libvenvb.so' | head -n 1)")
plugins=$libdir/venvb/plugins

for file in bin/venvb include/venvb/venvb.h include/venvb/venvb-plugin.h \
            include/venvb/venvb-context.h include/venvb/venvb-version.h \
            share/venvb/templates/common/activate \
            share/venvb/templates/common/activate.fish \
            share/venvb/templates/common/Activate.ps1 \
            share/venvb/templates/posix/activate.csh \
            share/venvb/templates/nt/activate.bat \
            share/venvb/plugins/nushell/templates/posix/activate.nu \
            share/venvb/plugins/xonsh/templates/posix/activate.xsh \
            share/venvb/plugins/activate-this/templates/common/activate_this.py \
            share/man/man1/venvb.1 share/man/man1/venvb-hg-ignore.1 \
            share/man/man1/venvb-pip.1 share/man/man7/venvb-hooks.7 share/fish/vendor_completions.d/venvb.fish \
            share/aclocal/venvb.m4 share/venvb/kit/common/NAME.c \
            share/venvb/kit/make/Makefile share/venvb/kit/autotools/configure.ac \
            share/venvb/kit/meson/meson.build \
            share/zsh/site-functions/_venvb share/bash-completion/completions/venvb share/venvb/completion/venvb.ps1; do
  check "$file is installed" test -s "$inst/$file"
done
check "libvenvb.so is installed" test -s "$libdir/libvenvb.so"
# Of two libraries side by side, each has the modules that were made for it.
soname=$(objdump -p "$libdir/libvenvb.so" 2>/dev/null | sed -n 's/^ *SONAME *//p')
is "modules lie in the directory of their library" "$(cd "$libdir" && find . -path ./venvb/plugins -prune -o \( -name unpack.so -o -name lock.so -o -name fetch.so -o -name sums.so \) -print |
    sort | tr '\n' ' ')" \
  "$(test ! -e "$builddir/fetch/.libs/fetch.so" || printf './venvb-%s/fetch.so ' "${soname##*.}")$(
    test ! -e "$builddir/lock/.libs/lock.so" || printf './venvb-%s/lock.so ' "${soname##*.}")$(
    test ! -e "$builddir/base/.libs/sums.so" || printf './venvb-%s/sums.so ' "${soname##*.}")./venvb-${soname##*.}/unpack.so "
check "plugins are installed" test -s "$plugins/git-ignore.so" -a -s "$plugins/hg-ignore.so"

# The installed command, pointed to where DESTDIR put things.
export LD_LIBRARY_PATH=$libdir VENVB_PLUGIN_PATH=$plugins
export VENVB_TEMPLATE_DIR=$inst/share/venvb/templates
export VENVB_PLUGIN_DATA_PATH=$inst/share/venvb/plugins
export PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=
venvb=$inst/bin/venvb
is "plugindir of pkg-config" "$(pkg-config --variable=plugindir venvb)" "$(makefile_var libdir | sed "s|\${exec_prefix}|$prefix|; s|\${prefix}|$prefix|")/venvb/plugins"
check "the installed command creates" "$venvb" --without-pip env
check "the environment works" env/bin/python -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)'
is "plugindatadir of pkg-config" "$(pkg-config --variable=plugindatadir venvb)" \
  "$(makefile_var datadir | sed "s|\${datarootdir}|$prefix/share|")/venvb/plugins"
# Where the system's configuration is, the command itself tells.
env -u VENVB_SYSCONFDIR -u VENVB_DATADIR "$venvb" --check-config --json >places 2>/dev/null
confdir=$(sed -n 's/.*"sysconfdir": "\([^"]*\)".*/\1/p' places)
is "confdir and dropindir of pkg-config" \
  "$(pkg-config --variable=confdir venvb) $(pkg-config --variable=dropindir venvb)" \
  "$confdir $(sed -n 's/.*"datadir": "\([^"]*\)".*/\1/p' places)/venvb.d"
check "the system's hooks are beside venvb.conf" grep -qF "$confdir/hooks.d" "$plugins/run-hooks.so"
check "a plugin with scripts of its own" "$venvb" --without-pip --plugin=nushell env-nu
check "installs them" test -s env-nu/bin/activate.nu
# A libtool archive need not be there: distributions delete it.
mkdir no-la
cp "$plugins"/*.so no-la/
check "the plugin loads without its .la" env VENVB_PLUGIN_PATH="$scratch/no-la" \
  "$venvb" --dump-plugin git-ignore

flags="-I$inst/include/venvb $(pkg-config --cflags --libs glib-2.0) -L$libdir -lvenvb ${SANITIZER_FLAGS:-}"

cat >embed.c <<'EOF'
#include <venvb.h>
#include <stdio.h>

static gboolean
say_hello (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "hello", (const char *) self, -1, 0666, error);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  VenvbBuilder *builder = venvb_builder_new ();
  int status = 0;

  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "hello", say_hello,
                          (gpointer) "hello\n", NULL);
  if (!venvb_builder_create (builder, argv[1], &error))
    {
      fprintf (stderr, "%s\n", error->message);
      g_error_free (error);
      status = 1;
    }
  venvb_builder_free (builder);
  return status;
}
EOF
cp embed.c embed.cc
languages=c
# shellcheck disable=SC2086
check "an embedding program builds as C" ${CC:-cc} -std=c11 -Wall -Werror -o embed-c embed.c $flags
# shellcheck disable=SC2086
if command -v "${CXX:-c++}" >/dev/null; then
  check "an embedding program builds as C++" ${CXX:-c++} -Wall -Werror -o embed-cxx embed.cc $flags
  languages="c cxx"
else
  skip "an embedding program builds as C++" "no C++ compiler"
fi
for lang in $languages; do
  check "the $lang program creates" "./embed-$lang" "env-$lang"
  is "its hook ran ($lang)" "$(cat "env-$lang/hello")" hello
  check "its environment works ($lang)" "env-$lang/bin/python" -c pass
done
check_fails "the program's error is one line" 1 "^refusing .*'a:b'" ./embed-c a:b

# The plugin shown in the header, built outside of the tree.
mkdir plugin
sed -n '/@code/,/@endcode/s/^ \*   //p' "$inst/include/venvb/venvb-plugin.h" |
  sed 's/^ \*$//' >plugin/hello.c
# shellcheck disable=SC2086
check "the header's plugin builds" ${CC:-cc} -shared -fPIC -Wall -Werror -o plugin/hello.so plugin/hello.c $flags
check "it is used by its path" "$venvb" --without-pip --plugin=./plugin/hello.so env-hello
is "it did its work" "$(cat env-hello/hello)" hello
mkdir -p "$XDG_DATA_HOME/venvb/plugins"
cp plugin/hello.so "$XDG_DATA_HOME/venvb/plugins/"
check "it is found in the user's directory" "$venvb" --without-pip --plugin=hello env-user
is "it did its work there, too" "$(cat env-user/hello)" hello

# A plugin with data of its own, which may lie beside it.
cat >plugin/third.c <<'EOF'
#include <venvb-plugin.h>

static gboolean
scripts (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *path = venvb_context_find_data (ctx, "third", "templates", error);

  return path != NULL && venvb_next (next, ctx, error)
         && venvb_context_install_scripts (ctx, path, error);
}

VENVB_PLUGIN (.name = "third", .setup_scripts = scripts)
EOF
# shellcheck disable=SC2086
check "a plugin with data builds" ${CC:-cc} -shared -fPIC -Wall -Werror -o plugin/third.so plugin/third.c $flags
third () { env VENVB_PLUGIN_DATA_PATH="none:.:$PWD/$1" "$venvb" --without-pip "--plugin=./plugin/third.so" "$2"; }
check_fails "data that is nowhere" 1 \
  "plugin 'third', stage setup_scripts: cannot find 'third/templates'; searched: $PWD/set, $PWD/plugin, /" \
  third set env-none
mkdir -p plugin/third/templates/common
echo 'beside=__VENV_DIR__' >plugin/third/templates/common/say
check "data beside the plugin" third set env-beside
is "it was installed" "$(cat env-beside/bin/say)" "beside='$PWD/env-beside'"
mkdir -p set/third/templates/posix
echo 'set=__VENV_DIR__' >set/third/templates/posix/say
check "data in VENVB_PLUGIN_DATA_PATH" third set env-set
is "it comes first" "$(cd env-set/bin && cat say*)" "set='$PWD/env-set'"

check "make uninstall" make_below "$root" uninstall
is "nothing is left" "$(find "$root" ! -type d)" ""
finish
