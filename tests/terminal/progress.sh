# shellcheck shell=bash
# The status line: on a terminal, for what takes longer than half a second, and nowhere
# else unless that is asked for.
. "${srcdir:-.}/tests/lib.sh"

find_base real
unset NO_COLOR FORCE_COLOR COLUMNS
export TERM=xterm
raw=$srcdir/tests/terminal/raw.py
mkdir -p "$scratch/hooks/post_setup.d"
printf '#!/bin/sh\necho Collecting something-long\nsleep 1.2\n' >"$scratch/hooks/post_setup.d/slow"
chmod -R go-w hooks; chmod +x hooks/post_setup.d/slow
slow=(-p "$base" --without-pip --plugin="run-hooks,dir=$scratch/hooks")
at () { "$base" "$raw" "$@"; }

at 80 "$VENVB" "${slow[@]}" one two >out
check 'it says which of the environments, and which program' grep -qE '^\^environment 2/2: slow, .* s' out
check 'what the program is at' grep -qE '^\^environment 1/2: slow, .* s  Collecting something-long<K>$' out
is 'it is gone before anything else is printed' "$(grep -E '(created|updated) ' out | grep -vE '^\^<K>created ')" ''
is 'nothing of it is left at the end' "$(tail -n 1 out)" '^<K>'
check 'it fits' [ "$(grep '^^' out | sed 's/<K>.*//; s/^^//' | awk '{ if (length > n) n = length } END { print n }')" -lt 80 ]
at 20 "$VENVB" "${slow[@]}" narrow >out
check 'a narrow terminal' grep -q '^^slow' out
is '... no line is broken' "$(grep '^^' out | sed 's/<K>.*//; s/^^//' | awk 'length > 19')" ''
at 80,30 "$VENVB" "${slow[@]}" resized >out
is 'one that is resized' "$(grep '^^' out | sed 's/<K>.*//; s/^^//' | tail -n +2 | awk 'length > 29')" ''
for words in 'env TERM=dumb' 'env -u TERM' 'env VENVB_PROGRESS=none'; do
  # shellcheck disable=SC2086
  at 80 $words "$VENVB" "${slow[@]}" "dumb $words" >out
  is "none: $words" "$(grep -c '<K>' out)" 0
done
at 80 "$VENVB" -q "${slow[@]}" quiet >out
is 'none: -q' "$(cat out)" ''
at 80 "$VENVB" "${slow[@]}" --without-pip --no-plugin=run-hooks fast >out
is 'none for what is fast' "$(grep -c '<K>' out)" 0
at 80 env NO_COLOR=1 "$VENVB" "${slow[@]}" plain >out
is 'NO_COLOR: no colours, and a status line' "$(grep -c '<K>' out | sed 's/[1-9][0-9]*/some/') $(grep -c $'\e' out)" 'some 0'
"$VENVB" "${slow[@]}" away >out 2>err
is 'nothing without a terminal' "$(cat out err)" ''
"$VENVB" --progress=plain "${slow[@]}" asked >out 2>err
check '--progress=plain: lines' grep -qE '^venvb: slow, [0-9.]+ s' err
is '... without a control character' "$(grep -c '[[:cntrl:]]' err)" 0

# Interrupted, nothing of it is left.

at 80 '^C' "$VENVB" "${slow[@]}" interrupted >out
is 'interrupted' "$? $(tail -n 1 out)" '130 ^<K>'
# What programs print is in it, and whole with -vv.

at 80 "$VENVB" -v "${slow[@]}" v >out
is '-v: not whole' "$(grep -c '^  | Collecting' out)" 0
at 80 "$VENVB" -vv "${slow[@]}" vv >out
check '-vv: whole' grep -q '  | Collecting something-long$' out
"$VENVB" -v "${slow[@]}" v2 2>err >out
check '-v without a terminal: whole' grep -q '^  | Collecting something-long$' err
"$VENVB" -v "${slow[@]}" v2 2>err >out
is '-v: no line twice' "$(sort err | uniq -d)" ''

# Colours of errors, which FORCE_COLOR has where there is no terminal.

red () { "$@" "$VENVB" -p nowhere-at-all x 2>&1 | grep -c $'\e'; }
is 'FORCE_COLOR' "$(red env FORCE_COLOR=1)" 1
is 'FORCE_COLOR=0' "$(red env FORCE_COLOR=0)" 0
is 'NO_COLOR is stronger' "$(red env FORCE_COLOR=1 NO_COLOR=1)" 0
finish
