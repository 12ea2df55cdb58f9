# Completion, asked of the real shells.
. "${srcdir:-.}/tests/lib.sh"

completions=$srcdir/completion
mkdir bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$VENVB" >bin/venvb
chmod +x bin/venvb
PATH=$scratch/bin:$PATH
mkdir a-directory
options=$("$VENVB" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)

# Two ways to ask for the first Python that there is: in full, and its series.
full=$("$VENVB" --list-pythons | awk '$2 == "cpython" { print $1; exit }')
series=$(printf '%s\n' "$full" | sed 's/^\([0-9]*\.[0-9]*\)[^td]*/\1/')
versions=$(printf '%s\n' "$full" "$series" | sort)
among () { printf '%s\n' "$1" | grep -xF -e "$full" -e "$series" | sort -u; }

bash_reply () # WORD...
{
  bash -c '. "$1"; shift; COMP_WORDS=(venvb "$@"); COMP_CWORD=$#; _venvb
           printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/venvb.bash" "$@"
}

is "bash: all options" "$(bash_reply -- | sort -u)" "$options"
is "bash: a plugin" "$(bash_reply --plugin hg-)" hg-ignore
is "bash: a link mode" "$(bash_reply --link-mode h)" hardlink
is "bash: a plugin after =" "$(bash_reply --plugin = hg-)" hg-ignore
is "bash: all link modes after =" "$(bash_reply --link-mode = | xargs)" 'auto clone hardlink copy'
is "bash: a directory" "$(bash_reply a-d)" a-directory

is "bash: versions" "$(among "$(bash_reply -p 3)")" "$versions"
is "bash: versions after =" "$(among "$(bash_reply --python = 3)")" "$versions"
is "bash: a part of one" "$(bash_reply -p "${full%?}" | grep -xF "$full")" "$full"
is "bash: no files where a Python may be" "$(bash_reply -p '' | grep -c 'a-directory')" 0
is "bash: how progress is shown" "$(bash_reply --progress = | xargs)" 'auto plain none'
is "bash: a command" "$(bash_reply -p python | grep -x python3)" python3
is "bash: a path" "$(bash_reply -p ./a-d)" ./a-directory
is "bash: the project" "$(bash_reply -p proj)" project

touch a-file
is "bash: the keys of a plugin" "$(bash_reply --plugin = audit-log,f | xargs)" \
   'audit-log,file= audit-log,facility= audit-log,failures='
is "bash: the keys, when another is given" "$(bash_reply --plugin audit-log,file = x,fail)" x,failures=
is "bash: the values of a choice" "$(bash_reply --plugin = setuptools,source = b)" bundled
is "bash: the values of a flag" "$(bash_reply --plugin = audit-log,syslog = | xargs)" 'yes no'
is "bash: files" "$(bash_reply --plugin = audit-log,file = a- | xargs)" 'a-directory a-file'
is "bash: directories" "$(bash_reply --plugin = pip,wheel-dir = a- | xargs)" a-directory
# What else it splits at, and where bash sees but a part of a path.
mkdir -p 'c:d/sub' 'e@f' x hg-ignore && touch c:d/file x/some.so x/other.txt
is "bash: a path with a colon" "$(bash_reply --plugin = audit-log,file = c : d/ | xargs)" 'd/file d/sub/'
is "bash: a colon at the end" "$(bash_reply --plugin = audit-log,file = c : | xargs)" d/
is "bash: an at sign" "$(bash_reply --plugin = pip,wheel-dir = e @ | xargs)" f/
is "bash: a colon before what is typed with a blank" "$(bash_reply --plugin pip,wheel-dir = c : d/s | xargs)" d/sub/
is "bash: the file of a plugin" "$(bash_reply --plugin = ./x/ | xargs)" ./x/some.so
is "bash: a directory of plugins" "$(bash_reply --plugin = ./x | xargs)" ./x
is "bash: the file of one that is to be left out" "$(bash_reply --no-plugin ./x/s | xargs)" ./x/some.so
bash_changes () # WORD...: the variables of the user's that come out changed
{
  # shellcheck disable=SC2016
  bash -c 'compopt () { :; }; . "$1"; mapfile -t NAMES < <(grep -oE "\<[a-z][a-z_]*\>" "$1" | sort -u); shift
           for N in "${NAMES[@]}"; do printf -v "$N" mine; done
           COMP_WORDS=(venvb "$@"); COMP_CWORD=$#; _venvb
           for N in "${NAMES[@]}"; do [ "${!N}" = mine ] || echo "$N"; done' bash "$completions/venvb.bash" "$@"
}
is "bash: the user's variables are left alone" "$(bash_changes --plugin = audit-log,f; bash_changes --plugin = setuptools,source = b
  bash_changes --plugin = pip,wheel-dir = e @; bash_changes -p 3; bash_changes a-d; bash_changes --; bash_changes --plugin hg-)" ''
bash_options () # WORD...: what readline is told of the answer
{
  bash -c 'compopt () { printf "%s " "$@"; }
           . "$1"; shift; COMP_WORDS=(venvb "$@"); COMP_CWORD=$#; _venvb' bash "$completions/venvb.bash" "$@"
}
is "bash: a name gets no slash where there is such a directory" "$(bash_options --plugin = hg-ig)" '+o filenames '
is "bash: a file does" "$(bash_options --plugin = ./x)" ''
is "bash: a file of requirements" "$(bash_reply -r a-f)" a-file
touch 'req,a.txt' && mkdir -p c:e && touch 'c:e/r,b'
is "bash: a file that is a string to the plugin" "$(bash_reply --plugin = lock,file = a- | xargs)" 'a-directory a-file'
is "bash: a comma gets a backslash" "$(bash_reply --plugin = requirements,file = r)" 'req\,a.txt'
is "bash: ... which nobody quotes after a colon" "$(bash_reply --plugin = requirements,file = c : e/)" 'e/r\\,b'
is "bash: ... and none where it is no value of a plugin's" "$(bash_reply -r r)" 'req,a.txt'
is "bash: installers" "$(bash_reply --plugin = requirements,installer = | xargs)" 'pip uv'
is "bash: an option that need not have a value" "$(bash_reply --clear = | xargs)" 'yes no'
is "bash: letters together" "$(bash_reply -vp proj)" project
is "bash: files of plugins alone" "$(bash_reply --check-plugin x/ | xargs)" x/some.so
is "bash: a lock after =" "$(bash_reply --lock = a-f)" a-file
is "bash: a directory after --lock" "$(bash_reply --lock a-)" a-directory
is "bash: no more after a URL" "$(bash_reply --plugin = pip-conf,index-url = a)" ''

touch ~/at-home; mkdir d=e; touch d=e/inner
is "bash: a file at home" "$(bash_reply --plugin = audit-log,file = '~/a' | sed 's|^~/||')" at-home
is "bash: what is behind an equals sign" "$(bash_reply --plugin = audit-log,file = d = e/)" e/inner

if command -v fish >/dev/null; then
  fish_reply () # LINE
  {
    fish -c "source '$completions/venvb.fish'; complete -C '$1'" | cut -f 1
  }
  is "fish: all options" "$(fish_reply 'venvb --' | sed 's/=$//' | sort -u)" "$options"
  is "fish: a plugin" "$(fish_reply 'venvb --plugin hg-')" hg-ignore
  is "fish: a link mode" "$(fish_reply 'venvb --link-mode h')" hardlink
  is "fish: a directory" "$(fish_reply 'venvb a-d')" a-directory/
  is "fish: versions" "$(among "$(fish_reply 'venvb -p 3')")" "$versions"
  is "fish: versions after =" "$(among "$(fish_reply 'venvb --python=3' | sed 's/.*=//')")" "$versions"
  is "fish: no files where a Python may be" "$(fish_reply 'venvb -p ' | grep -c 'a-directory')" 0
  is "fish: a path of one" "$(fish_reply 'venvb -p ./a-d')" ./a-directory/
  is "fish: a command" "$(fish_reply 'venvb -p python' | grep -x python3)" python3
  is "fish: the keys of a plugin" "$(fish_reply 'venvb --plugin=audit-log,fa' | xargs)" \
     '--plugin=audit-log,facility= --plugin=audit-log,failures='
  is "fish: a choice" "$(fish_reply 'venvb --plugin=setuptools,source=b')" --plugin=setuptools,source=bundled
  is "fish: a file" "$(fish_reply 'venvb --plugin=audit-log,file=a-f')" --plugin=audit-log,file=a-file
  is "fish: a flag" "$(fish_reply 'venvb --plugin audit-log,syslog=' | xargs)" 'audit-log,syslog=no audit-log,syslog=yes'
  is "fish: a directory, for an option that takes one" "$(fish_reply 'venvb --plugin=pip,wheel-dir=a-')" --plugin=pip,wheel-dir=a-directory/
  is "fish: a file at home" "$(fish_reply 'venvb --plugin=audit-log,file=~/a')" '--plugin=audit-log,file=~/at-home'
  is "fish: what is behind an equals sign" "$(fish_reply 'venvb --plugin=audit-log,file=d=e/')" --plugin=audit-log,file=d=e/inner
  is "fish: what values a number may have" \
    "$(fish -c "source '$completions/venvb.fish'; complete -C 'venvb --plugin=lock,tim'" | cut -f 2)" 'integer 1..3600'
  # shellcheck disable=SC2016
  is "fish: the user's variables are left alone" "$(fish -c 'set -g line mine; set -g parts mine; set -g value mine; set -g found mine; set -g options mine
    source $argv[1]; complete -C "venvb --plugin=audit-log,sys" >/dev/null
    echo $line $parts $value $found $options; set -q typed path before; and echo leaks' "$completions/venvb.fish")" 'mine mine mine mine mine'
  is "fish: a file that is a string to the plugin" "$(fish_reply 'venvb --plugin=lock,file=a-f')" --plugin=lock,file=a-file
  is "fish: a comma gets a backslash" "$(fish_reply 'venvb --plugin requirements,file=r')" 'requirements,file=req\,a.txt'
  is "fish: installers" "$(fish_reply 'venvb --plugin=requirements,installer=' | xargs)" \
     '--plugin=requirements,installer=pip --plugin=requirements,installer=uv'
  is "fish: an option that need not have a value" "$(fish_reply 'venvb --clear=' | sort | xargs)" '--clear=no --clear=yes'
  is "fish: what a plugin is for, without its version" "$(fish -c "source '$completions/venvb.fish'; complete -C 'venvb --plugin hg-'" |
    cut -f 2 | grep -c '^[0-9]')" 0
  is "fish: commands that are Pythons" "$(fish_reply 'venvb -p python' | grep -c -- '-')" 0
  is "fish: the project" "$(fish_reply 'venvb -p proj')" project
else
  skip "fish" "fish is not installed"
fi

if command -v pwsh >/dev/null; then
  cat >complete.ps1 <<'EOF'
param ($completions, $line)
. $completions
(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches |
    ForEach-Object { $_.CompletionText }
EOF
  pwsh_reply () # LINE
  {
    pwsh -NoProfile -File complete.ps1 "$completions/venvb.ps1" "$1"
  }
  is "pwsh: all options" "$(pwsh_reply 'venvb --' | sort -u)" "$options"
  is "pwsh: a plugin" "$(pwsh_reply 'venvb --plugin hg-')" hg-ignore
  is "pwsh: a plugin after =" "$(pwsh_reply 'venvb --plugin=hg-')" --plugin=hg-ignore
  is "pwsh: a link mode" "$(pwsh_reply 'venvb --link-mode h')" hardlink
  is "pwsh: all link modes after =" "$(pwsh_reply 'venvb --link-mode=' | sed 's/.*=//' | xargs)" 'auto clone hardlink copy'
  is "pwsh: a directory" "$(pwsh_reply 'venvb a-d')" ./a-directory
  is "pwsh: a version" "$(pwsh_reply 'venvb -p 3' | grep -xF "$full" | sort -u)" "$full"
  is "pwsh: a version after =" "$(pwsh_reply 'venvb --python=3' | sed 's/.*=//' | grep -xF "$full" | sort -u)" "$full"
  is "pwsh: the keys of a plugin" "$(pwsh_reply 'venvb --plugin=audit-log,fa' | xargs)" \
     '--plugin=audit-log,facility= --plugin=audit-log,failures='
  is "pwsh: a choice" "$(pwsh_reply 'venvb --plugin=setuptools,source=b')" --plugin=setuptools,source=bundled
  is "pwsh: the project" "$(pwsh_reply 'venvb -p proj')" project
else
  skip "pwsh" "pwsh is not installed"
fi

if command -v zsh >/dev/null; then
  cat >zshrc <<EOF
fpath=('$completions' \$fpath)
autoload -Uz compinit
compinit -D -u
PROMPT='%# '
bindkey '^I' expand-or-complete
unsetopt auto_menu list_ambiguous
LISTMAX=1000
EOF
  # Types a line and a TAB into a zsh on a terminal, and prints what it says.
  zsh_reply () # LINE
  {
    mkdir -p zdot; cp zshrc zdot/.zshrc
    python3 - "$1" <<'EOF'
import os, pty, re, select, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(ZDOTDIR='zdot', TERM='dumb', COLUMNS='200', LINES='100')
    os.execvp('zsh', ['zsh', '-i'])
def read(seconds, until=None):
    text, end = b'', time.time() + seconds
    while time.time() < end and (until is None or not re.search(until, text)):
        if select.select([fd], [], [], 0.1)[0]:
            try:
                text += os.read(fd, 65536)
            except OSError:
                break
    return text
read(10, b'# $|% $')
os.write(fd, sys.argv[1].encode() + b'\t')
sys.stdout.buffer.write(read(6, b'--without-pip|hg-ignore|hardlink|a-directory|-- cpython|build-system|find-links=|to DIR|inner|yes|,a\.txt|some\.so|pylock|from its wheel'))
os.write(fd, b'\x03\x04')
os.close(fd)
EOF
  }
  check "zsh: options" sh -c 'case $1 in *--without-pip*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --w')"
  check "zsh: a plugin" sh -c 'case $1 in *hg-ignore*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=hg-')"
  check "zsh: a link mode" sh -c 'case $1 in *hardlink*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --link-mode=h')"
  check "zsh: the keys of a plugin" sh -c 'case $1 in *plugin=setuptools,version=*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=setuptools,v')"
  check "zsh: a choice" sh -c 'case $1 in *source=bundled*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=setuptools,source=b')"
  check "zsh: a file" sh -c 'case $1 in *file=a-file*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=audit-log,file=a-f')"
  check "zsh: what is behind an equals sign" sh -c 'case $1 in *file=d=e/inner*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=audit-log,file=d=e/')"
  check "zsh: a flag" sh -c 'case $1 in *no*yes*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=audit-log,syslog=')"
  check "zsh: a directory, for an option that takes one" sh -c 'case $1 in *wheel-dir=a-directory/*) ;; *) echo "$1"; exit 1 ;; esac' \
    sh "$(zsh_reply 'venvb --plugin=pip,wheel-dir=a-')"
  touch pylock.toml
  check "zsh: a file that is a string to the plugin" sh -c 'case $1 in *lock,file=pylock.toml*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=lock,file=py')"
  check "zsh: a comma gets a backslash" sh -c 'case $1 in *"req\\\\,a.txt"*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=requirements,file=r')"
  check "zsh: what plugins are for, without their versions" sh -c 'case $1 in *pip\ *--\ install\ pip*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --no-plugin p')"
  check "zsh: a directory" sh -c 'case $1 in *a-directory*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb a-d')"
  for option in '-p ' '--python='; do
    check "zsh: versions after $option" sh -c 'case $1 in *"$2"*--\ cpython*) ;; *) echo "$1"; exit 1 ;; esac' \
      sh "$(zsh_reply "venvb ${option}3")" "$series"
  done
  check "zsh: --build" sh -c 'case $1 in *--build-system=*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --build')"
  check "zsh: a description is of its own option" sh -c 'case $1 in *new-plugin*to\ DIR*) ;; *) exit 1 ;; esac
    case $1 in *DIR*--build-system\ SYSTEM*) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --n')"
  check "zsh: -p offers Pythons, and no files" sh -c 'case $1 in *possibilities*|*a-file*) echo "$1"; exit 1 ;; esac
    case $1 in *"$2"*--\ cpython*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb -p ')" "$series"
  check "zsh: a path of one" sh -c 'case $1 in *./a-directory*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb -p ./a-d')"
  check "zsh: keys of requirements, files" sh -c 'case $1 in *file=*find-links=*) ;; *) echo "$1"; exit 1 ;; esac' \
    sh "$(zsh_reply 'venvb --plugin=requirements,f')"
  is "zsh: a specification for each option" \
     "$(zsh -c "$(sed -n '/^_venvb_specifications/,/^}/p' "$completions/_venvb"); _venvb_specifications" |
        grep -oE -- '--[a-z][a-z-]*' | sort -u)" "$options"
else
  skip "zsh" "zsh is not installed"
fi
finish
