# Completion, asked of the real shells.
. "${srcdir:-.}/tests/lib.sh"

completions=$srcdir/completion
mkdir bin
printf '#!/bin/sh\nexec "%s" "$@"\n' "$VENVB" >bin/venvb
chmod +x bin/venvb
PATH=$scratch/bin:$PATH
mkdir a-directory
options=$("$VENVB" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)

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

if command -v fish >/dev/null; then
  fish_reply () # LINE
  {
    fish -c "source '$completions/venvb.fish'; complete -C '$1'" | cut -f 1
  }
  is "fish: all options" "$(fish_reply 'venvb --' | sort -u)" "$options"
  is "fish: a plugin" "$(fish_reply 'venvb --plugin hg-')" hg-ignore
  is "fish: a link mode" "$(fish_reply 'venvb --link-mode h')" hardlink
  is "fish: a directory" "$(fish_reply 'venvb a-d')" a-directory/
else
  skip "fish" "fish is not installed"
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
sys.stdout.buffer.write(read(6, b'--without-pip|hg-ignore|hardlink|a-directory'))
os.write(fd, b'\x03\x04')
os.close(fd)
EOF
  }
  check "zsh: options" sh -c 'case $1 in *--without-pip*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --w')"
  check "zsh: a plugin" sh -c 'case $1 in *hg-ignore*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --plugin=hg-')"
  check "zsh: a link mode" sh -c 'case $1 in *hardlink*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb --link-mode=h')"
  check "zsh: a directory" sh -c 'case $1 in *a-directory*) ;; *) echo "$1"; exit 1 ;; esac' sh "$(zsh_reply 'venvb a-d')"
  is "zsh: a specification for each option" \
     "$(zsh -c "$(sed -n '/^_venvb_specifications/,/^}/p' "$completions/_venvb"); _venvb_specifications" |
        grep -oE -- '--[a-z][a-z-]*' | sort -u)" "$options"
else
  skip "zsh" "zsh is not installed"
fi
finish
