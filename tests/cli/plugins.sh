# shellcheck shell=bash
# Plugins: where they are found, which are refused and why, their order, their
# options, and what can be told of them.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_abort=0:handle_segv=0:handle_sigbus=0
umask 022
mkdir plugins work
built=$builddir/tests/plugins/.libs
cp "$built"/*.so plugins/
cd work || exit 1
dir=$scratch/plugins
run () { "$VENVB" --plugin-dir="$dir" --without-pip "$@"; }

# What the plugin `note` wrote down.
notes () { tr '\n' ';' <new/notes; rm -rf new; }

# Order.

is "a stage is wrapped" "$(run --plugin=note new && notes)" 'note begin;note end;'
cp "$dir/note.so" "$dir/b.so"
cp "$dir/note.so" "$dir/a.so"
is "the later wraps the earlier" "$(run --plugin=b,tag=b --plugin=a,tag=a new && notes)" \
   'a begin;b begin;b end;a end;'
is "the other way round" "$(run --plugin=a,tag=a --plugin=b,tag=b new && notes)" \
   'b begin;a begin;a end;b end;'
is "given twice, the later place counts, and its options" \
   "$(run --plugin=a,tag=x,text=t --plugin=b,tag=b --plugin=a,tag=y new && notes)" \
   'y begin;y t;b begin;b end;y end;'
is "given twice, once by its path" \
   "$(run --plugin="$dir/a.so,tag=x" --plugin=b,tag=b --plugin=a,tag=y new && notes)" \
   'y begin;b begin;b end;y end;'
is "a replacing plugin" "$(run --plugin=a,tag=a --plugin=b,tag=b,replace new
                           test ! -e new/bin/activate && notes)" 'b begin;b end;'
is "a replacing plugin within" "$(run --plugin=b,tag=b,replace --plugin=a,tag=a new
                                  test ! -e new/bin/activate && notes)" \
   'a begin;b begin;b end;a end;'
VENVB_TEST_NOTE_UNLOAD=$scratch/unloaded run --plugin=note new
check "unload is called" test -e "$scratch/unloaded"
rm -rf new

# Options.

is "values" "$(run --plugin='note,tag=a b,text=x=y' new && notes)" 'a b begin;a b x=y;a b end;'
is "escapes" "$(run --plugin='note,text=a\,b\\c\d\\\,' new && notes)" \
   'note begin;note a,b\c\d\,;note end;'
is "an empty value" "$(run --plugin=note,text= new && notes)" 'note begin;note ;note end;'
check_fails "an unknown option" 2 "^venvb: plugin 'note': unknown option 'color'; its options are$" \
  run --plugin=note,color=red new
is "... and then these, a line for each" "$(tail -n +2 "$scratch/.err")" \
   "$(printf '  | tag=NAME   what to call itself\n  | text=TEXT  what to note\n  | must=VALUE needed with strict')"
check_fails "a missing value" 2 "^venvb: plugin 'note': option 'must' has no value$" \
  run --plugin=note,must new
check_fails "a missing option" 2 "^venvb: plugin 'note': option 'must' is missing$" \
  run --plugin=note,strict new
check "a required option" run --plugin=note,strict,must=yes new
rm -rf new
check_fails "options of a plugin that has none" 2 \
  "^venvb: plugin 'larger': unknown option 'key' \\(it has no options\\)$" run --plugin=larger,key=1 new
check_fails "an empty option" 2 "^venvb: plugin 'note': unknown option ''; its options are$" run --plugin=note, new
check_fails "no name" 2 "^venvb: --plugin: it is empty; leave it out, or give it NAME" run --plugin= new
check_fails "options of no plugin" 2 "^venvb: plugin ',key=1' has no name$" run --plugin=,key=1 new
check_fails "an option that is refused" 1 "^venvb: plugin 'misbehave', option: cannot do it" \
  run --plugin=misbehave,option=error new
is "nothing is left" "$(ls -A)" ''

# --no-plugin.

check "--no-plugin of a default" run --no-plugin=git-ignore new
check "--no-plugin of a default: left out" test ! -e new/.gitignore
rm -rf new
is "--no-plugin of an added one" "$(run --plugin=a,tag=a --plugin=b,tag=b --no-plugin=a new && notes)" \
   'b begin;b end;'
is "--no-plugin comes before --plugin" \
   "$(run --no-plugin=a --plugin=a,tag=a --plugin=b,tag=b new && notes)" 'b begin;b end;'
check "--no-plugin of an added path" run --plugin="$dir/misbehave.so,how=error" --no-plugin=misbehave new
rm -rf new
check "--no-plugin of one that can't be loaded" run --plugin=undefined --no-plugin=undefined new
rm -rf new
check "a default that is not installed is left out" \
  env -i PATH="$PATH" HOME="$HOME" VENVB_TEMPLATE_DIR="${VENVB_TEMPLATE_DIR:-$srcdir/templates}" \
  ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} "$builddir/command/venvb" --without-pip new
check "a default that is not installed is left out: the rest is there" test -e new/bin/python
rm -rf new

# Where plugins are found.

mkdir -p one two user/venvb/plugins path
cp "$dir/note.so" one/note.so
cp "$dir/misbehave.so" two/note.so
plain () { "$VENVB" --without-pip "$@"; }
where () { "$VENVB" "$@" --dump-plugin=note | sed -n 's/^path=//p'; }
is "a path" "$(plain --plugin=one/note.so new && notes)" 'note begin;note end;'
is "a path beginning with a dot" "$(plain --plugin=./one/note.so new && notes)" 'note begin;note end;'
is "an absolute path" "$(plain --plugin="$PWD/one/note.so" new && notes)" 'note begin;note end;'
is "a relative --plugin-dir" "$(plain --plugin-dir=one --plugin=note new && notes)" \
   'note begin;note end;'
is "the first --plugin-dir" "$(where --plugin-dir=one --plugin-dir=two)" "$PWD/one/note.so"
is "the first --plugin-dir, turned" "$(where --plugin-dir=two --plugin-dir=one)" "$PWD/two/note.so"
export VENVB_PLUGIN_PATH=$PWD/none:$PWD/two:$PWD/one
is "VENVB_PLUGIN_PATH" "$(where)" "$PWD/two/note.so"
is "VENVB_PLUGIN_PATH after --plugin-dir" "$(where --plugin-dir=one)" "$PWD/one/note.so"
cp "$dir/note.so" user/venvb/plugins/
export XDG_DATA_HOME=$PWD/user
is "VENVB_PLUGIN_PATH before the user's directory" "$(where)" "$PWD/two/note.so"
VENVB_PLUGIN_PATH=one:.:two:
is "relative entries of VENVB_PLUGIN_PATH are ignored" "$(where)" "$PWD/user/venvb/plugins/note.so"
unset VENVB_PLUGIN_PATH
is "the user's directory" "$(where)" "$PWD/user/venvb/plugins/note.so"
is "a relative XDG_DATA_HOME is ignored" \
   "$(XDG_DATA_HOME=user timeout 20 "$VENVB" --dump-plugin=note 2>&1)" \
   "venvb: plugin 'note' is not installed; searched: $("$VENVB" --dump-plugin=of-no-name 2>&1 \
      | sed "s/.*searched: //; s|$PWD/user/venvb/plugins, ||")"
rm user/venvb/plugins/note.so

absent="^venvb: plugin 'NAME' is not installed; searched: /"
cp "$dir/note.so" .
check_fails "the current directory is not searched" 1 "${absent/NAME/note}" plain --plugin=note new
check_fails "nor with a suffix" 1 "${absent/NAME/note.so}" plain --plugin=note.so new
for variable in LD_LIBRARY_PATH LTDL_LIBRARY_PATH; do
  check_fails "$variable is not searched" 1 "${absent/NAME/note}" \
    env $variable="$PWD/one" "$VENVB" --without-pip --plugin=note new
done
for name in libz libglib-2.0 libc .. . -; do
  check_fails "the system's libraries are not searched: $name" 1 "is not installed; searched: /" \
    plain --plugin="$name" new
done
check_fails "a path that is not there" 1 "^venvb: cannot load plugin './none.so': No such file" \
  plain --plugin=./none.so new
check_fails "a directory" 1 "^venvb: plugin 'one': cannot load '$PWD/one': " plain --plugin=./one new
rm note.so

# In the environment about to be made.

plain env
cp "$dir/note.so" env/note.so
mkdir -p env/deep link-to
cp "$dir/note.so" env/deep/note.so
ln -s "$PWD/env" link
ln -s "$PWD/env/note.so" link-to/note.so
ln -s "$dir/note.so" env/out.so
lies="^venvb: plugin 'note': '.*' lies in the environment to be created$"
check_fails "a plugin in the environment" 1 "$lies" plain --plugin=env/note.so env
check_fails "a plugin in the second environment" 1 "$lies" plain --plugin=env/note.so other env
check_fails "a --plugin-dir in the environment" 1 "$lies" plain --plugin-dir=env/deep --plugin=note env
check_fails "VENVB_PLUGIN_PATH in the environment" 1 "$lies" \
  env VENVB_PLUGIN_PATH="$PWD/env/deep" "$VENVB" --without-pip --plugin=note env
check_fails "a plugin in the environment, under another name" 1 "$lies" \
  plain --plugin=link/note.so env
check_fails "the environment under another name" 1 "$lies" \
  plain --plugin="$PWD/env/note.so" link/../env/../env
check_fails "a link into the environment" 1 "$lies" plain --plugin=link-to/note.so env
check_fails "a link out of the environment" 1 "${lies/\'note\'/\'out\'}" plain --plugin=env/out.so env
mkdir holds
cp -R env holds/env
ln -s holds linked
check_fails "the environment below a link" 1 "$lies" \
  plain --plugin="$PWD/holds/env/note.so" linked/env
is "a neighbour is no part of it" "$(mkdir newer && cp "$dir/note.so" newer/ \
                                     && plain --plugin=newer/note.so new && notes)" \
   'note begin;note end;'
check "a refused plugin changes nothing" test ! -e env/notes -a ! -e other
rm -rf ./*

# What is no plugin.

check_fails "an undefined symbol is found when it is loaded" 1 \
  "^venvb: plugin 'undefined': cannot load '$dir/undefined.so': undefined symbol: venvb_no_such_function" \
  run --plugin=undefined --without-scm-ignore-files new
echo 'not an object' >"$dir/text.so"
: >"$dir/empty.so"
ln -s nowhere "$dir/dangling.so"
head -c 5000 "$dir/note.so" >"$dir/half.so"
check_fails "not a shared object" 1 "^venvb: plugin 'text': cannot load '$dir/text.so': .*(ELF|short)" \
  run --plugin=text new
check_fails "an empty file" 1 "^venvb: plugin 'empty': cannot load '$dir/empty.so': .*(ELF|short)" \
  run --plugin=empty new
check_fails "half a shared object" 1 "^venvb: plugin 'half'(: cannot load|, loading: crashed)" \
  run --plugin=half new
check_fails "a link that leads nowhere" 1 "^venvb: plugin 'dangling' is not installed" \
  run --plugin=dangling new
check_fails "no symbol" 1 \
  "^venvb: plugin 'nosymbol': '$dir/nosymbol.so' is not a venvb plugin: it has no symbol venvb_plugin$" \
  run --plugin=nosymbol new
cp "$builddir/tests/plugins/note.la" "$dir/archive.la"
check_fails "a libtool archive" 1 "'archive.la': '$dir/archive.la' is a libtool archive, not a shared object$" \
  run --plugin="$dir/archive.la" new

# Older and newer ones.

check_fails "a newer interface" 1 "^venvb: plugin 'newer': it needs plugin interface 2; this venvb has 1$" \
  run --plugin=newer new
check_fails "a larger description, used" 1 \
  "^venvb: plugin 'larger-used': it uses what only a newer venvb than [0-9.]+ has$" \
  run --plugin=larger-used new
for name in odd tiny huge; do
  check_fails "a description of impossible size: $name" 1 \
    "^venvb: plugin '$name': its description has the impossible size [0-9]+$" run --plugin=$name new
done
check_fails "a description without a name" 1 \
  "^venvb: plugin 'nameless': its description has no name$" run --plugin=nameless new
is "nothing is left of what was refused" "$(ls -A)" ''
for name in older larger; do
  check "$name" run --plugin=$name new
  check "$name: its stage ran" test -e new/shaped
  rm -rf new
done
check "oldest" run --plugin=oldest new
check "oldest: what it is too old to have is not read" test ! -e new/shaped
rm -rf new
is "older: dumped" "$(run --dump-plugin=older | grep -c '^has_upgrade_dependencies')" 0
is "oldest: dumped" "$(run --dump-plugin=oldest | grep -c '^has_\|^summary')" 0

# Trust.

fresh () { rm -rf trust; mkdir -p trust/dir; cp "$dir/note.so" trust/dir/; }
distrusts="^venvb: plugin 'note': '$PWD/trust"
fresh; chmod o+w trust/dir/note.so
check_fails "a file that everybody may write to" 1 \
  "$distrusts/dir/note.so' is not to be trusted: everybody may write to it$" \
  plain --plugin-dir=trust/dir --plugin=note new
fresh; chmod o+w trust/dir
check_fails "a directory that everybody may write to" 1 \
  "$distrusts/dir' is not to be trusted: everybody may write to it$" \
  plain --plugin-dir=trust/dir --plugin=note new
fresh; chmod 1777 trust/dir
check_fails "sticky is not enough for the directory itself" 1 \
  "$distrusts/dir' is not to be trusted: everybody may write to it$" plain --plugin=trust/dir/note.so new
fresh; chmod 777 trust
check_fails "a directory above that everybody may write to" 1 \
  "$distrusts' is not to be trusted: everybody may write to it$" plain --plugin=trust/dir/note.so new
fresh; chmod 1777 trust
check "sticky is enough above" plain --plugin=trust/dir/note.so new
rm -rf new
fresh; mkdir bad; chmod 777 bad; ln -s "$PWD/trust/dir/note.so" bad/note.so
check_fails "a link in a bad directory" 1 \
  "'$PWD/bad' is not to be trusted: everybody may write to it$" plain --plugin=bad/note.so new
mkdir good; ln -s ../bad/note.so good/note.so
check_fails "a link to a link in a bad directory" 1 \
  "'.*/bad' is not to be trusted: everybody may write to it$" plain --plugin=good/note.so new
ln -s "$PWD/trust/dir" bad/dir; ln -s "$PWD/bad/dir" good/dir
check_fails "a directory by a link in a bad directory" 1 \
  "'.*/bad' is not to be trusted: everybody may write to it$" plain --plugin=good/dir/note.so new
rm good/note.so; ln -s ../trust/dir/note.so good/note.so
is "a link that is fine" "$(plain --plugin=good/note.so new && notes)" 'note begin;note end;'
ln -s loop.so good/loop.so
check_fails "a link to itself" 1 "cannot load|not installed" plain --plugin=good/loop.so new
if [ "$(id -u)" -eq 0 ]; then
  fresh; chown 12345 trust/dir/note.so
  check_fails "a file of another user" 1 \
    "$distrusts/dir/note.so' is not to be trusted: it belongs to another user$" \
    plain --plugin=trust/dir/note.so new
  fresh; chown 12345 trust
  check_fails "a directory of another user" 1 \
    "$distrusts' is not to be trusted: it belongs to another user$" plain --plugin=trust/dir/note.so new
  fresh; chgrp 12345 trust/dir/note.so; chmod g+w trust/dir/note.so
  check_fails "a file that another group may write to" 1 \
    "$distrusts/dir/note.so' is not to be trusted: its group may write to it$" \
    plain --plugin=trust/dir/note.so new
  fresh; chgrp 12345 trust/dir; chmod g+w trust/dir
  check_fails "a directory that another group may write to" 1 \
    "$distrusts/dir' is not to be trusted: its group may write to it$" \
    plain --plugin-dir=trust/dir --plugin=note new
  mkdir sticky; chmod 1777 sticky; ln -s "$PWD/trust/dir" sticky/theirs; chown -h 12345 sticky/theirs
  fresh
  check_fails "another user's link in a sticky directory" 1 \
    "'$PWD/sticky/theirs' is not to be trusted: it belongs to another user$" \
    plain --plugin=sticky/theirs/note.so new
  chown 12345 trust/dir
  check_fails "a default in another user's directory" 1 "plugin 'git-ignore': .* not to be trusted" \
    bash -c 'cp "$0/note.so" trust/dir/git-ignore.so && "$1" --plugin-dir=trust/dir --without-pip new' \
    "$dir" "$VENVB"
else
  skip "what belongs to another user" "only root can give files away"
fi
# With an umask of 002 a file is its owner's private group's, too.
user=$(id -un)
case $(getent group "$(id -g)") in
  "$user:"*: | "$user:"*":$user")
    fresh; chmod g+w trust/dir trust/dir/note.so
    chgrp "$(id -g)" trust/dir trust/dir/note.so
    check "the user's own group may write" plain --plugin=trust/dir/note.so new
    rm -rf new ;;
  *) skip "the user's own group may write" "others are in it" ;;
esac
is "nothing is left of what was not trusted" "$(ls -d new 2>/dev/null)" ''
rm -rf ./*

# What can be told.

run --list-plugins >list 2>err
is "--list-plugins" $? 0
is "--list-plugins: nothing on stderr" "$(cat err)" ''
is "--list-plugins: a plugin" "$(grep '^note ' list)" 'note              2.5       takes notes'
check "--list-plugins: a default" grep -qE '^git-ignore +[0-9.]+ +hide .* \(on by default\)$' list
is "--list-plugins: each once, sorted" "$(sed 's/ .*//' list)" "$(sed 's/ .*//' list | LC_ALL=C sort -u)"
for name in undefined nosymbol newer larger-used odd text half nameless constructor; do
  check "--list-plugins: unusable: $name" grep -qE "^$name +unusable: .+" list
done
"$VENVB" --list-plugins --plugin-dir="$PWD/none" >list
is "--list-plugins: a directory that is not there" $? 0

is "--dump-plugin" "$(run --dump-plugin=note)" "path=$dir/note.so
name=note
version=2.5
summary=takes notes
api_version=1
struct_size=$(run --dump-plugin=misbehave | sed -n 's/^struct_size=//p')
default=0
option=tag=NAME   what to call itself
option=text=TEXT  what to note
option=must=VALUE needed with strict
has_load=1
has_set_option=1
has_ready=1
has_unload=1
has_setup_scripts=1
has_post_setup=1"
is "--dump-plugin: all stages" "$(run --dump-plugin=misbehave | grep '^has_[a-z]*_')" \
   "$(printf 'has_%s=1\n' set_option find_python ensure_directories create_ignore_files \
        create_configuration setup_python setup_pip setup_scripts post_setup upgrade_dependencies)"
is "--dump-plugin: options of a table" "$(run --dump-plugin=typed | grep '^key=\|^option=key\|^option=te')" \
"option=text=TEXT              some text (as ever)
option=texts=WORD             more of it; may be repeated
option=key=TEXT               what opens it; secret
key=text string -
key=texts string - repeated
key=key string - secret
key=flag flag -
key=number integer 1..100
key=choice choice red|green|blue
key=file file -
key=files file - repeated
key=dir directory -
key=path path -
key=url url -
key=place place -
key=own-flag flag -
key=own-file path - repeated
key=* string -"
is "--dump-plugin: a default" "$(run --dump-plugin=git-ignore | grep '^default')" default=1
is "--dump-plugin: by its path" "$(run --dump-plugin="$dir/note.so" | head -n 2 | tail -n 1)" name=note
check_fails "--dump-plugin: unusable" 1 "^venvb: plugin 'undefined': cannot load" \
  run --dump-plugin=undefined
check_fails "--dump-plugin: half a shared object" 1 "^venvb: plugin 'half'" run --dump-plugin=half
check_fails "--dump-plugin: absent" 1 "^venvb: plugin 'absent' is not installed" run --dump-plugin=absent

rm -f ./*
run --explain --plugin=a,tag=a --plugin=b new >out
is "--explain" "$(grep '^stage' out)" "stage    find_python               core
stage    ensure_directories        core
stage    create_ignore_files       git-ignore > core
stage    create_configuration      core
stage    setup_python              core
stage    setup_pip                 (left out)
stage    setup_scripts             b > a > core
stage    post_setup                b > a > core
stage    upgrade_dependencies      (left out)
stage    finish                    core"
is "--explain: the files" "$(awk '$1 == "plugin" { print $1, $3 }' out)" \
   "$(printf 'plugin %s\n' "$dir/a.so" "$dir/b.so" \
      "$(run --dump-plugin=git-ignore | sed -n 's/^path=//p')")"
is "--explain: nothing is made" "$(ls)" out
is "--explain: left out" \
   "$(run --explain --without-scm-ignore-files --upgrade --upgrade-deps new | grep 'left out')" \
   "stage    create_ignore_files       (left out)
stage    setup_pip                 (left out)
stage    setup_scripts             (left out)
stage    post_setup                (left out)"
check_fails "--explain: an unknown option" 2 "unknown option 'x'" run --explain --plugin=note,x=1 new
check_fails "--explain: half a shared object" 1 "^venvb: plugin 'half'" \
  run --explain --plugin=half new
check_fails "--explain: a crash in load" 1 "^venvb: plugin 'misbehave', load: crashed with signal 6" \
  env VENVB_TEST_LOAD=abort "$VENVB" --plugin-dir="$dir" --plugin=misbehave --explain new

finish
