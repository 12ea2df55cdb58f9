# shellcheck shell=bash
# The configuration: files, variables and the command line, which of them
# counts, and what is said of a mistake.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
mkdir plugins work etc share config
for name in a b note; do cp "$builddir/tests/plugins/.libs/note.so" "plugins/$name.so"; done
export VENVB_PLUGIN_PATH=$scratch/plugins
system=$scratch/etc/venvb.conf
user=$scratch/config/venvb/venvb.conf
mkdir -p etc/venvb.d share/venvb.d config/venvb
cd work || exit 1

fresh () { rm -f "$system" "$user" "$scratch"/etc/venvb.d/* "$scratch"/share/venvb.d/*; rm -rf new; }
put () { cat >"$1"; }
explain () { "$VENVB" --explain "$@"; }
setting () { explain -v "${@:2}" 2>/dev/null | awk -v name="$1" '$1 == "setting" && $2 == name { print $3, $4, $5 }'; }
chain () { explain "$@" | awk '$2 == "post_setup" { $1 = $2 = ""; print }' | sed 's/^ *//'; }
options () { explain "$@" | awk '$1 == "option" { print $2, $3, $4, $5 }'; }
notes () { "$VENVB" --without-pip "$@" new && tr '\n' ';' <new/notes; rm -rf new; }
wrong () { check_fails "$1" 2 "$2" "$VENVB" --without-pip new; }

# Nothing is there.

is 'without files' "$(setting no-compile)" 'no default '
rm -rf "$scratch/config/venvb" "$scratch/etc" "$scratch/share"
is 'without directories' "$(setting no-compile)" 'no default '
mkdir -p "$scratch"/{etc,share}/venvb.d "$scratch/config/venvb"

# Each kind of source, the stronger ones later.

put "$system" <<'END'
# A comment.
[venvb]

prompt=system
END
is 'the system file' "$(setting prompt)" "system $system:4 "
is '--no-config' "$(setting prompt --no-config)" "ENV_DIR's name default"
is 'VENVB_NO_CONFIG' "$(VENVB_NO_CONFIG=1 setting prompt)" "ENV_DIR's name default"
is '--no-config=no' "$(VENVB_NO_CONFIG=1 setting prompt --no-config=no)" "system $system:4 "
printf '[venvb]\nprompt=share\n' | put "$scratch/share/venvb.d/50-x.conf"
is 'a drop-in of a package' "$(setting prompt)" "share $scratch/share/venvb.d/50-x.conf:2 "
printf '[venvb]\nprompt=late\n' | put "$scratch/share/venvb.d/60-x.conf"
is 'the later drop-in' "$(setting prompt)" "late $scratch/share/venvb.d/60-x.conf:2 "
printf '[venvb]\nprompt=etc\n' | put "$scratch/etc/venvb.d/60-x.conf"
is 'one of the same name in etc' "$(setting prompt)" "etc $scratch/etc/venvb.d/60-x.conf:2 "
printf '[venvb]\nprompt=early\n' | put "$scratch/etc/venvb.d/40-x.conf"
is 'one in etc with an earlier name' "$(setting prompt)" "etc $scratch/etc/venvb.d/60-x.conf:2 "
ln -sf /dev/null "$scratch/etc/venvb.d/60-x.conf"
is 'one that is masked' "$(setting prompt)" "share $scratch/share/venvb.d/50-x.conf:2 "
printf '[venvb]\nprompt=no\n' | put "$scratch/etc/venvb.d/70-x.conf.dpkg-old"
printf '[venvb]\nprompt=no\n' | put "$scratch/etc/venvb.d/.70-x.conf"
is 'other files are not read' "$(setting prompt)" "share $scratch/share/venvb.d/50-x.conf:2 "
printf '[venvb]\nprompt=user\n' | put "$user"
is 'the user file' "$(setting prompt)" "user $user:2 "
is 'a variable' "$(VENVB_PROMPT=variable setting prompt)" 'variable VENVB_PROMPT '
is 'an empty variable' "$(VENVB_PROMPT='' setting prompt)" "user $user:2 "
is 'the command line' "$(VENVB_PROMPT=variable setting prompt --prompt=argument)" 'argument command line'
check 'an environment is made by it' "$VENVB" --without-pip new
is '... with the prompt' "$(sed -n 's/^prompt = //p' new/pyvenv.cfg)" "'user'"
fresh

# Flags.

for word in yes true on 1 Yes TRUE; do
  printf '[venvb]\nno-compile=%s\n' "$word" | put "$user"
  is "a flag: $word" "$(setting no-compile)" "yes $user:2 "
done
for word in no false off 0; do
  is "--no-compile=$word" "$(setting no-compile --no-compile="$word")" 'no command line'
  is "VENVB_NO_COMPILE=$word" "$(VENVB_NO_COMPILE=$word setting no-compile)" 'no VENVB_NO_COMPILE '
done
printf '[venvb]\ncopies=yes\nquiet=yes\n' | put "$user"
is 'the stronger of two that exclude each other' "$(setting copies --symlinks) $(setting symlinks --symlinks)" \
   'no default  yes command line'
is 'a flag that is off excludes nothing' "$(setting copies --symlinks=no)" "yes $user:2 "
is 'another pair' "$(VENVB_VERBOSE=1 setting quiet)" 'no default '
printf '[venvb]\ncopies=yes\nsymlinks=yes\n' | put "$user"
wrong 'both in one file' "$user:3: symlinks: --copies and --symlinks can't be used together"
printf '[venvb]\nwithout-pip=yes\n' | put "$user"
check 'without-pip in a file' "$VENVB" new
check '... leaves pip out' test ! -e new/bin/pip
fresh

# Other values.

printf '[venvb]\nlink-mode=copy\ncache-dir=~/c d\npython=python3\n' | put "$user"
is 'a choice' "$(setting link-mode)" "copy $user:2 "
is 'a path in the home directory' "$(explain | sed -n 's/^setting  cache-dir *//p')" "$HOME/c d  $user:3"
check 'the cache is there' "$VENVB" --cache-warm
check '... really' test -d "$HOME/c d/v1"
is 'a variable with a choice' "$(VENVB_LINK_MODE=clone setting link-mode)" 'clone VENVB_LINK_MODE '
printf '[venvb]\nprompt=\\sa\\tb\n' | put "$user"
is 'escapes' "$(explain | grep '^setting  prompt' | cut -c36-)" " a	b        $user:2"
fresh

# Every option that is a setting has a key and a variable.

for name in $("$VENVB" --help | sed -n 's/^ .*--\([a-z-]*\).*/\1/p'); do
  case $name in
    help|version|list-plugins|list-pythons|check|dump-plugin|explain|check-config|cache-info|cache-clean|cache-prune|cache-warm|new-plugin|check-plugin|build-system|download|platform)
      printf '[venvb]\n%s=yes\n' "$name" | put "$user"
      wrong "no key: $name" "$user:2: unknown key '$name'"; rm -f "$user"; continue ;;
    no-config) continue ;;
    link-mode) value=copy ;;
    color) value=never ;;
    python|prompt|cache-dir|shared-cache-dir|plugin-dir) value=/x ;;
    plugin|no-plugin) value=note ;;
    *) value=1 ;;
  esac
  printf '[venvb]\n%s=%s\n' "$name" "$value" | put "$user"
  check "the key $name" "$VENVB" --explain
  rm -f "$user"
  variable=VENVB_$(printf %s "$name" | tr a-z- A-Z_)
  check "the variable $variable" env "$variable=$value" "$VENVB" --explain
done

# Plugins.

put "$system" <<'END'
[plugin a]
tag=A
text[1]=one
text[2]=two, three
END
is 'a plugin is switched on' "$(chain)" 'a > core'
is 'its options' "$(notes)" 'A begin;A two, three;A end;'
is '... and who set them' "$(options)" "a tag=A $system:2 
a text=one $system:3-4 
a text=two, three $system:3-4"
is 'asked for again, with other options' "$(notes --plugin=a,text=four)" 'A begin;A four;A end;'
is '... and who set them' "$(options --plugin=a,text=four)" "a tag=A $system:2 
a text=four command line"
is 'the command line wraps the files' "$(chain --plugin=b)" 'b > a > core'
is 'a stronger source wraps a weaker one' "$(VENVB_PLUGIN=b chain --plugin=note)" 'note > b > a > core'
is 'asked for again, a new place' "$(chain --plugin=b --plugin=a)" 'a > b > core'
is '--no-plugin' "$(chain --no-plugin=a)" core
is 'VENVB_NO_PLUGIN' "$(VENVB_NO_PLUGIN=a chain)" core
is 'taken out, and asked for by the stronger' "$(VENVB_NO_PLUGIN=a chain --plugin=a)" 'a > core'
is '... its options are known' "$(VENVB_NO_PLUGIN=a notes --plugin=a)" 'A begin;A two, three;A end;'
printf '[plugin b]\ntag=B\n[plugin a]\ntag=U\n' | put "$user"
is 'the user adds one' "$(chain)" 'b > a > core'
is 'a plugin that is on keeps its place' "$(notes)" 'B begin;U begin;U two, three;U end;B end;'
printf '[plugin a]\nenabled=no\n' | put "$user"
is 'enabled=no' "$(chain)" core
printf '[venvb]\nno-plugin=a;b\n' | put "$user"
is 'no-plugin' "$(chain)" core
printf '[venvb]\nno-plugin=a\nplugin=a,tag=1;b,tag=2\\;3\n' | put "$user"
is 'no-plugin counts for its own file, too' "$(chain)" 'b > core'
is 'a list with separators in it' "$(options)" "b tag=2;3 $user:3 "
is 'a variable with several' "$(VENVB_PLUGIN="a,tag=x 'b,tag=y z'" options)" 'a text=one '"$system:3-4 
a text=two, three $system:3-4
a tag=x VENVB_PLUGIN 
b tag=y z VENVB_PLUGIN"
fresh
printf '[plugin %s/plugins/a.so]\ntag=P\n' "$scratch" | put "$user"
is 'a plugin by its path' "$(notes)" 'P begin;P end;'
printf '[plugin a]\ntext=~/x y\n' | put "$user"
is 'a value in the home directory' "$(options)" "a text=$HOME/x y $user:2"
printf '\xef\xbb\xbf[venvb]\nprompt=bom\n' | put "$user"
is 'a byte order mark' "$(setting prompt)" "bom $user:2 "
printf '[venvb]\npython=9.99\n' | put "$user"
check_fails 'a Python that is not there' 1 "^venvb: $user:2: no Python '9.99'" "$VENVB" new
VENVB_PYTHON=9.98 check_fails 'that of a variable' 1 "^venvb: VENVB_PYTHON: no Python '9.98'" "$VENVB" new
check_fails 'that of the command line' 1 "^venvb: no Python '9.97'" "$VENVB" -p 9.97 new
printf '[plugin pip]\nwheel-dir=/\n' | put "$user"
is 'options of a default plugin' "$("$VENVB" --without-pip --explain | grep -c '^plugin *pip')" 0
is 'its origin' "$(explain | awk '$1 == "plugin" && $2 == "pip" { print $4 }')" default
fresh

# A plugin that is not installed.

printf '\n[plugin missing]\nkey=1\n' | put "$scratch/share/venvb.d/a.conf"
check_fails 'one that is missing' 1 "^venvb: $scratch/share/venvb.d/a.conf:2: plugin 'missing' is not installed" \
  "$VENVB" new
check '... nothing is left' test ! -e new
is '... and taken out' "$(chain --no-plugin=missing)" core
printf '[plugin missing]\noptional=yes\nkey=1\n' | put "$scratch/share/venvb.d/a.conf"
is 'an optional one' "$(chain)" core
check '... an environment can be made' "$VENVB" --without-pip new
"$VENVB" -v --without-pip --clear new 2>err
check '... -v tells' grep -q "a.conf:1: plugin 'missing' is not installed" err
check_fails '... the command line insists' 1 "'missing' is not installed" "$VENVB" --plugin=missing --clear new
printf '[plugin missing]\nenabled=no\nkey=1\n' | put "$scratch/share/venvb.d/a.conf"
is 'one that is not enabled' "$(chain)" core
printf '[plugin a]\nno-such=1\n' | put "$scratch/share/venvb.d/a.conf"
check_fails 'an option it does not have' 2 "^venvb: $scratch/share/venvb.d/a.conf:2: plugin 'a': unknown option 'no-such'" \
  "$VENVB" new
printf '[plugin a]\nstrict=\n' | put "$scratch/share/venvb.d/a.conf"
check_fails 'an option it lacks' 2 "^venvb: $scratch/share/venvb.d/a.conf:1: plugin 'a': option 'must' is missing" \
  "$VENVB" new
fresh

# Mistakes.

mistake () # NAME PATTERN TEXT
{
  printf "$3" | put "$user"
  wrong "$1" "^venvb: $user:$2"
}
mistake 'no group' '1: neither a \[group\] nor a key=value' 'prompt=x\n'
mistake 'no key' '3: neither a' '[venvb]\nprompt=x\nnonsense\nprompt=y\n'
mistake 'half a header' '2: neither a' '[venvb]\n[plugin x\n'
mistake 'an unknown group' '3: unknown group \[venv\]' '[venvb]\n\n[venv]\nprompt=x\n'
mistake 'a plugin without a name' '1: ' '[plugin ]\n'
mistake 'a plugin with a relative path' '1: the path of a plugin is relative' '[plugin ./x.so]\n'
mistake 'a group that is nearly one' "1: unknown group \\[venbv\\]; did you mean '\\[venvb\\]'\\?" '[venbv]\nprompt=x\n'
mistake 'one of a plugin' "1: unknown group \\[plugins.hg-ignore\\]; did you mean '\\[plugin hg-ignore\\]'\\?" '[plugins.hg-ignore]\n'
mistake 'one in quotes' "1: unknown group \\[plugin:\"x\"\\]; did you mean '\\[plugin x\\]'\\?" '[plugin:"x"]\n'
mistake 'the nearest key' "2: unknown key 'promt' in \\[venvb\\]; did you mean 'prompt'\\?" '[venvb]\npromt=y\n'
mistake 'a key of the group itself' "2: unknown key 'mandatroy' in \\[venvb\\]; did you mean 'mandatory'\\?" '[venvb]\nmandatroy=y\n'
mistake 'an unknown key' "3: unknown key 'promt' in \[venvb\]" '[venvb]\nprompt=x\npromt=y\n'
mistake 'a key with a number' "2: unknown key 'prompt\[1\]'" '[venvb]\nprompt[1]=x\n'
mistake 'no-config' "2: unknown key 'no-config'" '[venvb]\nno-config=yes\n'
mistake 'a wrong flag' "2: no-compile: 'maybe' is neither yes nor no" '[venvb]\nno-compile=maybe\n'
mistake 'an empty flag' "2: no-compile: '' is neither yes nor no" '[venvb]\nno-compile=\n'
mistake 'a wrong choice' "2: link-mode: 'symlink' is not auto, clone" '[venvb]\nlink-mode = symlink\n'
mistake 'a relative path' "2: cache-dir: 'x/y' is a relative path" '[venvb]\ncache-dir=x/y\n'
mistake 'an empty path' "2: cache-dir: '' is a relative path" '[venvb]\ncache-dir=\n'
mistake 'a relative path of a Python' "2: python: './python' is a relative path" '[venvb]\npython=./python\n'
mistake 'a relative path of a plugin' "2: plugin: './a.so' is a relative path" '[venvb]\nplugin=./a.so\n'
mistake 'a relative directory' "2: plugin-dir: 'dir' is a relative path" '[venvb]\nplugin-dir=/x;dir\n'
mistake 'a plugin without a name in a list' "2: plugin ',x=1' has no name" '[venvb]\nplugin=,x=1\n'
mistake 'a wrong escape' '2: the value is not UTF-8, or has a backslash' '[venvb]\nprompt=\\x\n'
mistake 'not UTF-8' '2: the value is not UTF-8' '[venvb]\nprompt=\377\n'
mistake 'a wrong switch' "3: enabled: 'maybe' is neither yes nor no" '[plugin a]\ntag=x\nenabled=maybe\n'
mistake 'a wrong value of a plugin' '2: the value is not UTF-8, or has a backslash' '[plugin a]\ntag=\\x\n'
mistake 'a key that stands twice' "4: 'no-compile' stands twice in \[venvb\]" '[venvb]\nno-compile=1\n[venvb]\nno-compile=0\n'
mistake 'an option that stands twice' "3: 'text' stands twice in \[plugin a\].*text\[1\]" '[plugin a]\ntext=1\ntext=2\n'
printf '[venvb]\nprompt=x\0y\n' | put "$user"
wrong 'a NUL byte' "^venvb: $user: it holds a NUL byte"
check '--help does not mind' "$VENVB" --help
check '--version does not mind' "$VENVB" --version
check '--no-config does not mind' "$VENVB" --no-config --explain
fresh
for pair in "VENVB_QUIET=maybe:VENVB_QUIET: 'maybe' is neither yes nor no" "VENVB_LINK_MODE=x:VENVB_LINK_MODE: 'x' is not" \
    "VENVB_PLUGIN='a:VENVB_PLUGIN: " 'VENVB_PLUGIN=,a:VENVB_PLUGIN: plugin' "VENVB_CACHE_DIR=x:VENVB_CACHE_DIR: 'x' is a relative"
do
  check_fails "${pair%%:*}" 2 "^venvb: ${pair#*:}" env "${pair%%:*}" "$VENVB" new
done
is 'a variable of blanks' "$(VENVB_PLUGIN=' ' chain)" core
check_fails 'a missing plugin of a variable' 1 "^venvb: VENVB_PLUGIN: plugin 'missing' is not installed" \
  env VENVB_PLUGIN=missing "$VENVB" new

# Files that can't be trusted, or read.

printf '[venvb]\nprompt=x\n' | put "$user"
chmod o+w "$user"
check_fails 'everybody may write to the file' 1 "^venvb: cannot read configuration: '$user' is not to be trusted: everybody may write to it; with --no-config none is read\$" \
  "$VENVB" new
chmod o-w "$user"; chmod o+w "$scratch/config/venvb"
check_fails 'everybody may write to its directory' 1 "'$scratch/config/venvb' is not to be trusted" "$VENVB" new
chmod o-w "$scratch/config/venvb"
rm "$user"; mkdir "$user"
check_fails 'a directory' 2 "^venvb: cannot read configuration: .*$user" "$VENVB" new
rmdir "$user"; ln -s "$user" "$user"
check_fails 'a link to itself' 1 "^venvb: cannot read configuration: .*$user" "$VENVB" new
rm "$user"
if [ "$(id -u)" -eq 0 ]; then
  printf '[venvb]\n' | put "$user"; chown 12345 "$user"
  check_fails "another user's" 1 "'$user' is not to be trusted: it belongs to another user" "$VENVB" new
  rm "$user"
  skip 'one that may not be read' 'root may'
  skip 'drop-ins that may not be read' 'root may'
else
  skip "another user's" 'only root can make one'
  printf '[venvb]\n' | put "$user"; chmod 000 "$user"
  check_fails 'one that may not be read' 2 'Permission denied' "$VENVB" new
  chmod 000 "$scratch/etc/venvb.d"
  check_fails 'drop-ins that may not be read' 2 "directory '$scratch/etc/venvb.d' can't be read" "$VENVB" new
  chmod 755 "$scratch/etc/venvb.d"
  rm -f "$user"
fi
printf '[venvb]\nprompt=x\n' | put venvb.conf
is 'nothing in the current directory' "$(XDG_CONFIG_HOME=. setting prompt)" "ENV_DIR's name default"

# Color.

escapes () { "$@" 2>&1 | grep -c $'\e\\['; }
is '--color=always' "$(escapes "$VENVB" --color=always)" 0
is '--color=always, an error of the run' "$(escapes "$VENVB" --color=always --plugin=missing new)" 1
is '--color=auto, not on a terminal' "$(escapes "$VENVB" --plugin=missing new)" 0
is 'VENVB_COLOR' "$(VENVB_COLOR=always escapes "$VENVB" --plugin=missing new)" 1

finish
