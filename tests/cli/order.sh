# shellcheck shell=bash
# The order of plugins: as they are named, but for one that says that it comes after
# another, or last.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
command -v pkg-config >/dev/null && pkg-config --exists glib-2.0 || skip_all "no pkg-config"
mkdir plugins work "$VENVB_SYSCONFDIR"
read -ra cc <<<"${CC:-cc} ${SANITIZER_FLAGS:-}"
read -ra flags <<<"$(pkg-config --cflags glib-2.0)"
make_plugin () # NAME DEFINITION...
{
  local name=$1; shift
  check "plugin $name: $*" "${cc[@]}" -shared -fPIC "$@" -I"$srcdir/plugin-api" \
    -I"$builddir/plugin-api" "${flags[@]}" -o "plugins/$name.so" "$srcdir/tests/plugins/note.c"
}
make_plugin a
make_plugin b
make_plugin after-a '-DAFTER="a"'
make_plugin after-both '-DAFTER="a b"'
make_plugin last -DLAST
make_plugin last-too -DLAST
make_plugin after-last '-DAFTER="last"'
make_plugin after-that '-DAFTER="after-last"'
make_plugin one '-DAFTER="two"'
make_plugin two '-DAFTER="three"'
make_plugin three '-DAFTER="one"'
make_plugin after-one '-DAFTER="one"'
make_plugin itself '-DAFTER="itself"'
make_plugin commas '-DAFTER="a,b c.so d"'
make_plugin folder '-DAFTER="plugins/a"'
run () { "$VENVB" --plugin-dir="$scratch/plugins" --without-pip "$@"; }
# The plugins from the innermost to the outermost.
order () # NAME...
{
  run "${@/#/--plugin=}" --explain | sed -n 's/^stage *post_setup *//p' | tr -d '>' | xargs -n 1 |
    sed '$d' | tac | xargs
}

cd work || exit 1
is "as they are named" "$(order b a)" "b a"
is "after another" "$(order after-a b a)" "b a after-a"
is "after two" "$(order after-both b after-a a)" "b a after-both after-a"
is "after one that is not there" "$(order after-a b)" "after-a b"
is "after itself" "$(order itself a)" "itself a"
is "last" "$(order last b a)" "b a last"
is "two that are last" "$(order last-too b last a)" "b a last-too last"
is "after the last" "$(order after-last last a)" "a last after-last"
is "and after that" "$(order after-that after-last last a)" "a last after-last after-that"
circle="^venvb: plugins can't be put in an order that all of them want: "
check_fails "a circle" 1 \
  "${circle}'one' comes after two, as it says; 'two' comes after three, as it says; 'three' comes after one, as it says; leave one out with --no-plugin\$" \
  run --plugin=one --plugin=a --plugin=two --plugin=three new
check_fails "a circle: who waits for it, or is last, is not on it" 1 \
  "${circle}'one' comes after two, as it says; 'two' comes after three, as it says; 'three' comes after one, as it says; leave one out with --no-plugin\$" \
  run --plugin=last --plugin=one --plugin=a --plugin=after-one --plugin=two --plugin=three new
check_fails "a circle, and --explain" 1 "$circle" \
  run --plugin=one --plugin=two --plugin=three --explain
is "an open circle" "$(order one a two)" "a two one"
is "nothing is left" "$(ls -A)" ""
run --plugin=last --plugin=after-a --plugin=a --explain >out
is "--explain tells why" "$(sed -n 's/^order *//p' out | tr -s ' ')" "a as named
after-a after a, as it says
git-ignore as named
last last, as it says"
reason () { run "${@/#/--plugin=}" --explain | sed -n 's/^order *//p' | tr -s ' ' | grep -v '^git-ignore'; }
is "--explain: after what is not there" "$(reason after-a itself)" "after-a as named
itself as named"
is "--explain: after one of two" "$(reason after-both a)" "a as named
after-both after a, as it says"
chmod 755 "$scratch" "$scratch/plugins"
printf '[plugin %s/plugins/a.so]\nmandatory = yes\n' "$scratch" >"$VENVB_SYSCONFDIR/venvb.conf"
if "$VENVB" --explain 2>&1 >/dev/null | grep -q "not to be trusted"; then
  skip "--explain: what is mandatory wraps the rest" "only root has files that count"
else
  is "--explain: what is mandatory wraps the rest" "$(reason after-a b)" "a around all that is not mandatory
after-a as named; not after a, as it says, since 'a' is mandatory
b as named"
fi
rm "$VENVB_SYSCONFDIR/venvb.conf"
is "the stages run so" "$(run --plugin=last,tag=last --plugin=a,tag=a new; xargs <new/notes)" \
   "last begin a begin a end last end"
rm -rf new

# requirements installs a script, which relocatable has to find.
for where in file line; do
  case $where in
    file) printf '[plugin relocatable]\n' >"$VENVB_SYSCONFDIR/venvb.conf"; words=(--plugin=requirements,package=x) ;;
    line) rm "$VENVB_SYSCONFDIR/venvb.conf"; words=(--plugin=relocatable --plugin=requirements,package=x) ;;
  esac
  is "relocatable in a $where: it wraps requirements" \
    "$("$VENVB" --explain "${words[@]}" | sed -n 's/^stage *post_setup *//p')" "relocatable > requirements > core"
done

# What --check-plugin says of names that can't be any.

after () { "$VENVB" -q --check-plugin="$scratch/plugins/$1.so" 2>/dev/null | sed -n 's/^problem: after: //p' | sed 's/:.*//'; }
is "commas, the name of a file" "$(after commas)" "'a,b' can't be a plugin's name
'c.so' can't be a plugin's name"
is "a path" "$(after folder)" "'plugins/a' can't be a plugin's name"
is "itself" "$(after itself)" "it names itself"
is "nothing is wrong with two names" "$(after after-both)" ''

finish
