# shellcheck shell=bash
# What a person reads at the end of a run: what has become of the directory, and what to
# type next in the shell that runs.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
make_wheel . pip 99.1
make_wheel . setuptools 99.2
mkdir -p config/venvb
printf '[plugin pip]\nwheel-dir = %s\n' "$scratch" >config/venvb/venvb.conf
version=$("$base" -c 'import platform; print(platform.python_version())')
export SHELL=/bin/sh
command -v script >/dev/null || skip_all 'no script(1)'

# What a terminal shows, without the name of the program at work on it.
shows () { script -qec "$*" /dev/null </dev/null | tr -d '\r'; }

# Runs venvb on a terminal, and compares the first line, its version taken out.
says () # NAME EXPECTED ARGUMENT...
{
  local name=$1 expected=$2 line; shift 2
  line=$(shows "$VENVB" -p "$base" "$@" | head -n 1)
  line=${line/, setuptools 99.2/} # which a newer Python does not want
  is "$name" "${line//Python $version/Python X}" "$expected"
}

says 'new' "created '.venv' (Python X); activate it with" --without-pip .venv
says 'again' "nothing to do in '.venv' (Python X); activate it with" --without-pip .venv
chmod u+w .venv/bin/activate && echo changed >>.venv/bin/activate
says 'something was changed' "updated '.venv' (Python X); activate it with" --without-pip .venv
says 'packages' "updated '.venv' (Python X, pip 99.1); activate it with" .venv
says 'the same packages' "nothing to do in '.venv' (Python X); activate it with" .venv
says 'cleared' "created '.venv' (Python X); activate it with" --without-pip --clear .venv
mkdir empty project
says 'an empty directory' "created 'empty' (Python X); activate it with" --without-pip empty
echo >project/setup.cfg
says 'a project' "added an environment to 'project', which holds other files (Python X); activate it with" \
  --without-pip project
says 'a plugin that can not tell' "updated 'empty' (Python X); activate it with" \
  --plugin="$misbehave" --without-pip empty
says 'the cache' 'the cache is warm for Python X' --cache-warm

# The path is the one that was typed, and needs quotes where a shell would want them.

types () # NAME EXPECTED DIRECTORY
{
  is "$1" "$(shows "$VENVB" -p "$base" --without-pip "'$3'" | tail -n 1)" "  $2"
}

types 'relative' '. some/where/bin/activate' some/where
types 'below the current directory' '. ./some/bin/activate' ./some
types 'absolute' ". $scratch/abs/bin/activate" "$scratch/abs"
types 'a blank' ". 'a b/bin/activate'" 'a b'
types 'a dollar' ". '\$HOME/bin/activate'" "\$HOME"
types 'a tilde' ". '~/bin/activate'" '~'
types 'the current directory' '. ./bin/activate' .
rm -rf bin lib lib64 include pyvenv.cfg .gitignore
types 'a slash at the end' '. end/bin/activate' end/

# In each shell what is shown works there: who has started venvb counts, then SHELL.

works_in () # SHELL OPTION SUFFIX
{
  local line
  command -v "$1" >/dev/null || { skip "$1" 'not installed'; return; }
  line=$(shows "$1" "$2" "\"'$VENVB' -p '$base' --without-pip 'in $1'; true\"" | tail -n 1)
  is "$1: what is shown" "${line##*/}" "activate${3:+.$3}'"
  is "$1: it works" "$("$1" "$2" "$line
printf %s \"\$VIRTUAL_ENV\"" 2>&1)" "$scratch/in $1"
}

works_in bash -c ''
works_in zsh -fc ''
works_in dash -c ''
works_in fish -c fish
works_in tcsh -fc csh

# Where something else has.

through () # SHELL
{
  shows env "SHELL=$1" python3 -c "\"import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))\"" \
    "$VENVB" -p "$base" --without-pip f | tail -n 1
}

is 'another program: SHELL' "$(through /usr/bin/fish)" '  source f/bin/activate.fish'
is 'a shell of which there is no script' "$(through /usr/bin/nu)" '  . f/bin/activate'
is 'one that nobody knows' "$(through /usr/bin/odd)" '  . f/bin/activate'

finish
