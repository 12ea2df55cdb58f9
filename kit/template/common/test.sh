#!/bin/sh
# Makes scratch environments with the plugin, and looks at what it did.
#   PLUGIN  the plugin's file
#   VENVB   the command
set -eu

name=@NAME@
plugin=${PLUGIN:-./$name.so}
venvb=${VENVB:-venvb}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fail () { echo "$name: $*" >&2; exit 1; }

# What every plugin has to get right.
"$venvb" --check-plugin="$plugin" || fail "venvb has found problems"

# What this one is for.
"$venvb" --without-pip --plugin="$plugin" "$scratch/one"
test "$(cat "$scratch/one/$name.txt")" = hello || fail "the file is not what it should be"
"$venvb" --without-pip --plugin="$plugin,text=some text" "$scratch/two"
test "$(cat "$scratch/two/$name.txt")" = "some text" || fail "the option has no effect"
"$scratch/two/bin/python" -c pass || fail "the environment does not work"

# A wrong option leaves nothing behind.
status=0
"$venvb" --without-pip --plugin="$plugin,colour=red" "$scratch/three" 2>"$scratch/said" || status=$?
test "$status" -eq 2 || fail "a wrong option: exit status $status"
grep -q "unknown option 'colour'" "$scratch/said" || fail "a wrong option: not said so"
test ! -e "$scratch/three" || fail "a wrong option: something is left"
echo "$name: all is well"
