# shellcheck shell=bash
# The table of a plugin's options: what each kind takes, where a relative path starts,
# what is said of a wrong one, that what is secret is shown nowhere; and tables of another
# shape than this version's.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
mkdir plugins work
built=$builddir/tests/plugins/.libs
cp "$built"/typed*.so plugins/
cd work || exit 1
run () { "$VENVB" --plugin-dir="$scratch/plugins" --without-pip "$@"; }
# What the plugin wrote down, on one line.
got () { tr '\n' ' ' <new/typed; rm -rf new; }
with () { run --plugin="typed,$1" new && got; }

usual='flag=0 number=7 choice=0 '
is "nothing given" "$(run --plugin=typed new && got)" "text=as ever $usual"
is "text" "$(with 'text=a b\,c')" "text=a b,c $usual"
is "the last one counts" "$(with text=a,text=b)" "text=b $usual"
is "repeated" "$(with texts=a,texts=b,texts=c)" "text=as ever texts=a texts=b texts=c $usual"
for word in '' = =yes =YES =true =on =1; do
  is "a flag that is on: '$word'" "$(with "flag$word")" 'text=as ever flag=1 number=7 choice=0 '
done
for word in no No false off 0; do
  is "a flag that is off: $word" "$(with "flag,flag=$word")" "text=as ever $usual"
done
is "a number" "$(with number=100)" 'text=as ever flag=0 number=100 choice=0 '
is "a choice" "$(with choice=blue)" 'text=as ever flag=0 number=7 choice=2 '
is "a URL" "$(with url=https://example.org/a?b)" "text=as ever url=https://example.org/a?b $usual"
is "a place that is a URL" "$(with place=file:///nothing)" \
   "text=as ever place=file:///nothing $usual"
is "to set_option" "$(with own-flag=on,OWN_x=y,own-flag=0)" \
   "text=as ever ${usual}own-flag=yes OWN_x=y own-flag=no "
is "a value that may be left out" "$(with path)" "text=as ever path= $usual"

# Where a relative path starts.

mkdir -p "$scratch/etc/sub" sub here
touch "$scratch/etc/sub/file" sub/file "$HOME/file"
is "of the command line: a file" "$(with file=sub/file)" "text=as ever file=$PWD/sub/file $usual"
is "of the command line: a directory" "$(cd sub && with dir=../here)" \
   "text=as ever dir=$PWD/here $usual"
is "of the command line: several, one in the home directory" "$(with files=sub/file,files=~/file)" \
   "text=as ever files=$PWD/sub/file files=$HOME/file $usual"
is "~ within a word" "$(with 'file=~/file')" "text=as ever file=$HOME/file $usual"
is "a path that is not there" "$(with path=none/at/../all)" \
   "text=as ever path=$PWD/none/all $usual"
is "to set_option: a path" "$(with own-file=sub/file,own-file=/x)" \
   "text=as ever ${usual}own-file=$PWD/sub/file own-file=/x "
conf=$scratch/etc/venvb.conf
printf '[plugin typed]\nfile=sub/file\nfiles[1]=sub/file\nfiles[2]=~/file\ndir=.\npath=x\n' >"$conf"
is "of a file" "$(run new && got)" \
   "text=as ever file=$scratch/etc/sub/file files=$scratch/etc/sub/file files=$HOME/file dir=$scratch/etc path=$scratch/etc/x $usual"
printf '[venvb]\nplugin=typed,file=sub/file\n' >"$conf"
is "of a file, in a list" "$(run new && got)" "text=as ever file=$scratch/etc/sub/file $usual"
printf '[plugin typed]\nfile=sub/none\n' >"$conf"
check_fails "of a file, and not there" 2 \
  "^venvb: $conf:2: plugin 'typed': cannot read file '$scratch/etc/sub/none': No such file" run new
rm "$conf"
is "of a variable: absolute" "$(VENVB_PLUGIN=typed,file=$PWD/sub/file run new && got)" \
   "text=as ever file=$PWD/sub/file $usual"
check_fails "of a variable: relative" 2 "^venvb: VENVB_PLUGIN: plugin 'typed': file 'sub/file' is a relative path$" \
  env VENVB_PLUGIN=typed,file=sub/file "$VENVB" --plugin-dir="$scratch/plugins" new

# What is wrong.

wrong () # NAME OPTIONS WHAT
{
  check_fails "$1" 2 "^venvb: plugin 'typed': $3$" run --plugin="typed,$2" new
}
unknown () { wrong "$1" "$2" "$3; its options are"; }
unknown "an unknown option" x=1 "unknown option 'x'"
for row in txt=text fle=file File=file own_flag=own-flag numbre=number colour=- choise=choice dirs=dir; do
  meant=${row#*=}
  case $meant in
    -) unknown "none is near: $row" "${row%=*}=1" "unknown option '${row%=*}'" ;;
    *) unknown "the nearest: $row" "${row%=*}=1" "unknown option '${row%=*}'; did you mean '$meant'\\?" ;;
  esac
done
unknown "an empty name" "" "unknown option ''"
unknown "a name without end" "$(printf 'x%.0s' {1..3000})=1" "unknown option 'x{3000}'"
wrong "no text" text= "text needs a value"
wrong "no file" file "file needs a value"
wrong "a flag" flag=maybe "flag is 'yes' or 'no', not 'maybe'"
wrong "a flag for set_option" own-flag=maybe "own-flag is 'yes' or 'no', not 'maybe'"
for number in 0 101 x 1x '' ' 1' 99999999999999999999; do
  wrong "a number: '$number'" "number=$number" "number is a number from 1 to 100, not '$number'"
done
wrong "a choice" choice=Red "choice is one of red, green, blue, not 'Red'; did you mean 'red'\?"
wrong "no choice" choice "choice is one of red, green, blue, not ''"
wrong "a file" file=none "cannot read file '$PWD/none': No such file or directory"
wrong "a file that is a directory" file=sub "cannot read file '$PWD/sub': Is a directory"
wrong "a directory" dir=sub/file "dir '$PWD/sub/file' is not a directory"
wrong "a place" place=none "place '$PWD/none' is not a directory"
for url in example.org ftp://example.org https: https:// 'https://a b' 'http://x/
y'; do
  wrong "a URL: ${url%%$'\n'*}" "url=$url" "url '.*' is not a URL of https, http or file" 2>/dev/null
done
check_fails "one that is missing" 2 \
  "^venvb: plugin 'typed-required': the option 'needed' is missing$" \
  run --plugin=typed-required new
check "one that is required" run --plugin=typed-required,needed=x new
rm -rf new
is "nothing is left" "$(ls -A)" "$(printf 'here\nsub')"

# What is secret.

secret=s3sam.open
said () { run -v "--plugin=typed,key=$secret$1" new 2>&1; rm -rf new; }
is "it gets there, and is not told" "$(said '' | grep -c 'typed: the key is \*\*\*\*$')" 1
is "not even when it fails" "$(said ,text=fail | grep -c "the key '\*\*\*\*' does not fit")" 1
is "nor is it in the JSON" "$(run --json "--plugin=typed,key=$secret" new | grep -c "key=\*\*\*\*")" 1
rm -rf new
is "nor in pyvenv.cfg" "$(run "--plugin=typed,key=$secret" new; grep -rcs "$secret" new/pyvenv.cfg)" 0
rm -rf new
is "nor with --explain" "$(run --explain "--plugin=typed,key=$secret" | grep 'key=')" \
   "option   typed                     key=****  command line"
{ said ''; said ,text=fail; said ,number=0; said ,keys=1
  run --explain "--plugin=typed,key=$secret"; run --json "--plugin=typed,key=$secret" new; } >all 2>&1
is "it is nowhere" "$(grep -c "$secret" all)" 0
rm -rf new all

# However it is written on the command line.
while read -r typed part; do
  { run -v --json "--plugin=typed,key=$typed" new; cat new/pyvenv.cfg; rm -rf new
    run --explain "--plugin=typed,key=$typed"; } >all 2>&1
  is "nor is one that is typed '$typed'" "$(grep -c 'key=\*\*\*\*' all) $(grep -c "$part" all)" "3 0"
done <<'END'
geh\,eim geh
ba\\qck qck
ba\qck qck
both\\\,two two
it's-quoted quoted
zap\,token=abc zap
"zip\"zap" zip
END
rm -rf all

# Tables of another shape.

command -v pkg-config >/dev/null && pkg-config --exists glib-2.0 ||
  { skip "tables of another shape" "no pkg-config"; finish; }
read -ra cc <<<"${CC:-cc} ${SANITIZER_FLAGS:-}"
read -ra flags <<<"$(pkg-config --cflags glib-2.0)"
shape () # ROWS
{
  check "rows $1 compile" "${cc[@]}" -Wall -Werror -shared -fPIC "-DROWS=$1" -I"$srcdir/plugin-api" \
    -I"$builddir/plugin-api" "${flags[@]}" -o "$scratch/plugins/rows.so" "$srcdir/tests/plugins/rows.c"
}
for row in 1 2; do
  shape $row
  is "rows $row: used" "$(run --plugin=rows,text=a,number=5 new && cat new/rows; rm -rf new)" "a 5"
  check_fails "rows $row: a wrong value" 2 "number is a number, not 'x'" run --plugin=rows,number=x new
done
for row in "3|its options use what only a newer venvb than .* has" \
           "4|its option 'number' has its place outside of the plugin's data" \
           "5|its option 'number' has its place outside of the plugin's data" \
           "6|its option 'number' is of a kind that only a newer venvb than .* has" \
           "7|its option 'text' is there twice" \
           "8|its table of options has an impossible size: VENVB_OPTIONS\(\) names one" \
           "9|its option 'number' has no place, and there is no set_option to take it" \
           "10|its option 1 has no possible name" \
           "17|its option 'other' goes to the member that 'text' goes to: each needs one of its own" \
           "18|its option 'other' goes to the member that 'text' goes to: each needs one of its own" \
           "13|its option 'ca' is a relative path when it is not given: whoever runs venvb would have another" \
           "12|its option 'other' is required, and has a value when it is not given"; do
  shape "${row%%|*}"
  check_fails "rows ${row%%|*}: refused" 1 "^venvb: plugin 'rows': ${row#*|}$" run --plugin=rows new
done
# Rows that venvb takes, and an author is told of.
for row in "14|its option 'enabled' can't be set by a configuration file, where that is a key of venvb's: it needs another name" \
           "15|its option 'number' has a wrong value when it is not given: number is a number from 1 to 9, not '10'" \
           "16|set_option: refuses here=no, which its table allows: unknown option 'here'"; do
  shape "${row%%|*}"
  VENVB_CHECK_VALGRIND='' "$VENVB" -q --check-plugin="$scratch/plugins/rows.so" >out 2>/dev/null
  check "rows ${row%%|*}: --check-plugin tells" grep -qxF "problem: ${row#*|}" out
done
shape 11
check_fails "data in the place of the core's" 1 \
  "^venvb: plugin 'rows', load: has put its data in the place of those that venvb has made, which is a bug" \
  run --plugin=rows new

finish
