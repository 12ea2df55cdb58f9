# The plugin pip-conf: the environment's pip.conf, as the real pip reads it.
. "${srcdir:-.}/tests/lib.sh"

find_base real
"$VENVB" -p "$base" e >out 2>&1 || { tap_diag "$(cat out)"; skip_all 'no environment with pip can be made'; }
unset PIP_NO_INDEX PIP_DISABLE_PIP_VERSION_CHECK

write () # OPTIONS [ENV]: pip is there
{
  "$VENVB" -p "$base" --without-pip --plugin=pip-conf,"$1" "${2:-e}"
}
# What pip reads in the environment's file, without the section's name.
reads () # ENV
{
  { "$1/bin/python" -I -m pip config --site list 2>/dev/null ||
    "$1/bin/python" -I -m pip config --venv list; } | sed "s/^global\.//; s,$PWD,HERE,g"
}

mkdir 'my wheels' wheels
: >ca.pem
: >'a key.pem'
options="index-url=https://pypi.example/simple,extra-index-url=https://b.example/s,\
extra-index-url=https://c.example/a%20b,find-links=my wheels,find-links=wheels,find-links=https://d.example/,\
no-index=no,cert=ca.pem,client-cert=a key.pem,trusted-host=b.example:8080,trusted-host=c.example,\
timeout=30,retries=2,proxy=socks5://proxy.example:1080,require-virtualenv,install.no-binary=:all:,\
list.format=json,global.progress-bar=off"
expected="cert='HERE/ca.pem'
client-cert='HERE/a key.pem'
extra-index-url='\nhttps://b.example/s\nhttps://c.example/a%20b'
find-links='\nfile://HERE/my%20wheels\nHERE/wheels\nhttps://d.example/'
index-url='https://pypi.example/simple'
install.no-binary=':all:'
list.format='json'
no-index='false'
progress-bar='off'
proxy='socks5://proxy.example:1080'
require-virtualenv='true'
retries='2'
timeout='30'
trusted-host='\nb.example:8080\nc.example'"
umask 022
check "all settings" write "$options"
is "pip reads them" "$(reads e | sort)" "$(printf '%s\n' "$expected" | sort)"
is "the mode" "$(stat -c %a e/pip.conf)" 644
before=$(ls -i e/pip.conf)
"$VENVB" -v -p "$base" --without-pip --plugin=pip-conf,"$options" e >out 2>&1
is "nothing to change: nothing is written" "$(ls -i e/pip.conf; grep -c 'pip-conf: writing' out)" "$before
0"
check "the last one counts" write "timeout=7,no-index=1,timeout=8,index-url=https://x.example/"
is "it does" "$(reads e | grep -E '^(timeout|no-index|index-url)' | xargs)" \
  "index-url=https://x.example/ no-index=true timeout=8"
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.{6,8,13}*/bin/python3; do
  [ -x "$python" ] || continue
  check "$("$python" -V)" "$VENVB" -p "$python" --plugin=pip-conf,"$options" old
  is "pip reads them" "$(reads old | sort)" "$(printf '%s\n' "$expected" | sort)"
  rm -rf old
done

# A file of the user's: all else stays.
cat >e/pip.conf <<'END'
# mine
[list]
format: freeze
[global]
; about the index
index_url: https://old.example/
Extra-Index-URL =
   https://x.example/
   # why
   index-url = https://y.example/
timeout = 3
[install]
compile = no
index-url = https://other.example/
END
check "an existing file" write "index-url=https://new.example/,extra-index-url=https://a.example/,extra-index-url=https://b.example/,retries=1,download.no-clean=yes"
is "is changed where it has to be" "$(cat e/pip.conf)" "# mine
[list]
format: freeze
[global]
; about the index
index-url = https://new.example/
extra-index-url =
    https://a.example/
    https://b.example/
   # why
timeout = 3
retries = 1
[install]
compile = no
index-url = https://other.example/

[download]
no-clean = yes"
is "pip reads it" "$(reads e | sort | xargs)" \
  "download.no-clean=yes extra-index-url=\nhttps://a.example/\nhttps://b.example/ index-url=https://new.example/ install.compile=no install.index-url=https://other.example/ list.format=freeze retries=1 timeout=3"
cp e/pip.conf kept
"$VENVB" -p "$base" --without-pip --plugin=pip-conf,timeout=9 \
  --plugin=requirements,package=x,installer=/bin/false e >out 2>&1
is "a run that fails leaves it" "$? $(cmp e/pip.conf kept)" "1 "
check "--clear" "$VENVB" -p "$base" --without-pip --clear --plugin=pip-conf,timeout=9 cleared
is "it has one setting" "$(cat cleared/pip.conf)" "[global]
timeout = 9"
rm e/pip.conf
mkdir e/pip.conf
check_fails "a directory in its place" 1 "cannot read '$PWD/e/pip.conf': " write timeout=9
rmdir e/pip.conf
# What a link leads to may be for one user alone.
printf 'machine example.org password secret\n' >"$HOME/.netrc"; chmod 600 "$HOME/.netrc"
ln -s "$HOME/.netrc" e/pip.conf
check_fails "a link out of the environment" 1 "'$PWD/e/pip.conf' is not used: a symbolic link leads out of '$PWD/e', to '$HOME/.netrc'" write timeout=9
is "it stays" "$(readlink e/pip.conf)" "$HOME/.netrc"
is "its text is nowhere else" "$(grep -rl 'password secret' e)" ''
echo '[global]' >e/own.conf; chmod 640 e/own.conf
ln -sf own.conf e/pip.conf
check "a link in the environment" write timeout=9
is "it is written through" "$(readlink e/pip.conf) $(reads e) $(stat -c %a e/own.conf)" "own.conf timeout='9' 640"
"$VENVB" -p "$base" --without-pip --plugin=pip-conf,timeout=8 \
  --plugin=requirements,package=x,installer=/bin/false e >out 2>&1
is "a run that fails puts it back" "$? $(readlink e/pip.conf) $(reads e)" "1 own.conf timeout='9'"
rm e/pip.conf e/own.conf

# A password is for the owner only, and not written elsewhere.
write timeout=9
check "a password" write "index-url=https://me:se%2Fcret@pypi.example/simple"
is "an existing file is closed" "$(stat -c %a e/pip.conf)" 600
is "it is there" "$(reads e | xargs)" "index-url=https://me:se%2Fcret@pypi.example/simple timeout=9"
is "pyvenv.cfg has it not" "$(sed -n 's/^command = .*--plugin=//p' e/pyvenv.cfg)" \
  "pip-conf,index-url=https://****@pypi.example/simple' $PWD/e"
check "a token" write "timeout=1,find-links=https://token@pypi.example/simple" token
is "a new one is closed" "$(stat -c %a token/pip.conf)" 600
is "nor there" "$(sed -n 's/^command = .*--plugin=//p' token/pyvenv.cfg)" \
  "pip-conf,timeout=1,find-links=https://****@pypi.example/simple' $PWD/token"
check "it stays closed" write timeout=10 token
is "it did" "$(stat -c %a token/pip.conf)" 600

# A file system without access lists may say so only when one is taken away.
if strace -o /dev/null -e inject=fgetxattr:error=ENODATA true 2>/dev/null; then
  write timeout=9 lists; chmod 640 lists/pip.conf
  for error in EOPNOTSUPP ENOSYS; do
    check "no access lists: $error" strace -f -qq -o /dev/null -e inject=fgetxattr:error=ENODATA \
      -e inject=fremovexattr:error=$error "$VENVB" -p "$base" --without-pip \
      --plugin=pip-conf,extra-index-url=https://$error.example/ lists
    is "no access lists: $error: the mode" "$(stat -c %a lists/pip.conf)" 640
  done
else
  skip 'no access lists' 'no strace that injects'
fi

# Where all files are open to others, that is said, once.
oddfs=$builddir/tests/oddfs/oddfs
mkdir under open
if [ ! -x "$oddfs" ]; then
  skip "a password that can't be kept from others" 'oddfs was not built'
elif ! "$oddfs" modes=755 no-chmod under open 2>said; then
  skip "a password that can't be kept from others" "nothing can be mounted: $(cat said)"
else
  warning="venvb: pip-conf: '$PWD/open/e/pip.conf' holds a secret, and is open to others (mode 755): it can't be closed on this file system"
  for run in 'a new file' 'one that was there'; do
    check "a password that can't be kept from others: $run" write index-url=https://me:secret@pypi.example/ open/e
    is "it is written: $run" "$(grep -c secret open/e/pip.conf)" 1
    is "that is said once: $run" "$(cat .out)" "$warning"
  done
  check "what is no secret there" write timeout=9 open/f
  is "nothing is said" "$(cat .out)" ''
  fusermount3 -u open 2>/dev/null || umount open
fi

# All that runs pip uses it.
make_wheel wheels demo 1.0
serve_index wheels
export PIP_NO_CACHE_DIR=1 PIP_RETRIES=0
"$VENVB" -p "$base" --upgrade-deps --plugin="pip-conf,index-url=$index" up >out 2>&1
check "--upgrade-deps" grep -q 'GET /simple/pip/' wheels.log
check "with system site-packages" "$VENVB" -p "$base" --system-site-packages --plugin="pip-conf,index-url=$index" s
check "pip in the environment" s/bin/python -m pip install demo
is "it came from there" "$(s/bin/python -c 'import demo; print(demo.VERSION)')" 1.0
make_wheel 'my wheels' other 2.0
check "a directory with a blank" write "no-index,find-links=my wheels" s
check "is one directory" s/bin/python -m pip install other

# Wrong options are told before anything is created.
option () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "^venvb: plugin 'pip-conf': $2" write "$3" bad
}
option "no URL" "index-url 'pypi.example' is not a URL" index-url=pypi.example
option "another scheme" "extra-index-url 'ftp://x/' is not a URL of https, http or file" extra-index-url=ftp://x/
option "no host" "index-url 'https:///simple' is not" index-url=https:///simple
option "a blank" "index-url 'https://x/ y' is not" 'index-url=https://x/ y'
option "a line break" "index-url 'https://x/.*no-index = true' is not a URL" $'index-url=https://x/\nno-index = true'
option "a line break in another key" "a.b can't have a line break" $'a.b=x\r[global]'
option "a password is not shown" "index-url is not a URL of https, http or file$" 'index-url=ftp://u:p@x/'
option "no directory" "find-links '.*/ca.pem' is not a directory" find-links=ca.pem
option "no certificate" "cannot read cert '.*/none.pem': No such file" cert=none.pem
option "no number" "timeout is a number from 0 to 2147483647, not 'x'" timeout=x
option "a negative number" "retries is a number from 0 to 2147483647, not '-1'" retries=-1
option "no host name" "trusted-host is a host or host:port, not 'https://x/'" trusted-host=https://x/
option "no proxy" "proxy is a URL such as" proxy=proxy.example:3128
option "a flag" "no-index is 'yes' or 'no', not 'maybe'" no-index=maybe
option "an unknown option" "unknown option 'index'" index=x
option "an unknown section" "unknown option 'a b.c'" 'a b.c=x'
option "a key of another section" "install.index-url 'x' is not a URL" install.index-url=x
option "a comment" "install.x needs a value" 'install.x=#y'
check_fails "no option" 2 "^venvb: plugin 'pip-conf': nothing to write" "$VENVB" --plugin=pip-conf bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""
finish
