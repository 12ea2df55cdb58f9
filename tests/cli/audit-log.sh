# shellcheck shell=bash
# The plugin audit-log: a line for each environment that stands, in a file and
# in the system's log; none for one that does not; what can't be written.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

umask 022
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"
here=$builddir/tests/plugins/.libs/audit-log-here.so
log=$scratch/venvb.log
create () # OPTIONS [VENVB-OPTION...]
{
  local options=$1; shift
  "$VENVB" --without-pip --plugin=audit-log,"$options" "$@"
}
fails () # NAME PATTERN OPTIONS
{
  check_fails "$1" 1 "^venvb: plugin 'audit-log', stage finish: $2" create "$3" bad &&
    is "$1: nothing is left" "$(ls -d bad 2>/dev/null)" ""
}
wrong () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "$2" create "$3" bad
}
# Prints what a Python expression with `rows`, the lines of a file, is.
rows () # FILE EXPRESSION
{
  "$python" -X utf8 -c 'import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], "rb")]
print(eval(sys.argv[2]))' "$@"
}

# What is noted.

before=$(date -u +%FT%T)
check "with pip, SUDO_USER set" env SUDO_USER="o'ne" "$VENVB" --plugin=audit-log,file="$log" $'n"ew'
is "one line" "$(wc -l <"$log")" 1
is "its permissions" "$(stat -c %a "$log")" 640
user=$(id -un 2>/dev/null) && user="'$user'" || user=None
is "who" "$(rows "$log" 'rows[0]["uid"], rows[0]["euid"], rows[0]["user"], rows[0]["sudo_user"]')" \
   "($(id -u), $(id -u), $user, \"o'ne\")"
is "where" "$(rows "$log" 'rows[0]["host"]')" "$(uname -n)"
after=$(date -u +%FT%T.999999Z)
is "when" "$(rows "$log" "'$before' <= rows[0]['time'] <= '$after'")" True
is "in UTC by RFC 3339" "$(rows "$log" 'rows[0]["time"]' | tr 0-9 d)" dddd-dd-ddTdd:dd:dd.ddddddZ
is "what" "$(rows "$log" 'rows[0]["event"], rows[0]["environment"]["env_dir"]')" "('created', '$PWD/n\"ew')"
is "which Python" "$(rows "$log" 'rows[0]["environment"]["version"]')" \
   "$(sed -n 's/^version = //p' $'n"ew/pyvenv.cfg')"
is "which plugins" "$(rows "$log" '[(p["name"], p["version"]) for p in rows[0]["environment"]["plugins"]][-1]')" \
   "('audit-log', '$("$VENVB" --version | cut -d ' ' -f 2)')"
is "which wheels, by their hashes" "$(rows "$log" 'all(
    __import__("hashlib").sha256(open(w["path"], "rb").read()).hexdigest() == w["sha256"]
    for w in rows[0]["environment"]["wheels"])')" True
is "which command" "$(rows "$log" 'rows[0]["environment"]["command"][-2:]')" \
   "['--plugin=audit-log,file=$log', '$PWD/n\"ew']"
login=$(cat /proc/self/loginuid 2>/dev/null) || login=
case $login in ''|4294967295) login=None ;; esac
is "who logged in" "$(rows "$log" 'rows[0]["login_uid"]')" "$login"

rm "$log"
check "several environments" create file="$log" e1 e2
check "again" create file="$log" e1
check "--clear" create file="$log" --clear e1
check "--upgrade" create file="$log" --upgrade e1
is "a line for each" "$(rows "$log" '[(r["event"], r["environment"]["env_name"]) for r in rows]')" \
   "[('created', 'e1'), ('created', 'e2'), ('updated', 'e1'), ('created', 'e1'), ('upgraded', 'e1')]"
# What is in it, whoever installed it: pip here, and what is not told.
rm -f packages.log
mkdir -p wheels && make_wheel wheels demo 1.5
check "a package" "$VENVB" --plugin=requirements,package=demo,find-links="$PWD/wheels",offline --plugin=audit-log,file="$PWD/packages.log" with-packages
site=$(echo with-packages/lib/python3*/site-packages)
mkdir "$site/odd-2.0.dist-info" "$site/Nameless.dist-info" && mkfifo "$site/odd-2.0.dist-info/INSTALLER"
check "the same again" timeout 60 "$VENVB" --plugin=audit-log,file="$PWD/packages.log" with-packages
is "is in the log" "$(rows packages.log '[(p["name"], p["version"], p["installer"]) for p in rows[0]["packages"] if p["name"] not in ("pip", "setuptools")]')" \
   "[('demo', '1.5', 'pip')]"
is "as are pip, and what others have put there" "$(rows packages.log '[p["name"] for p in rows[1]["packages"] if p["name"] != "setuptools"], [p["installer"] for p in rows[1]["packages"] if p["name"] == "odd"]')" \
   "(['Nameless', 'demo', 'odd', 'pip'], [None])"

chmod 604 "$log"
check "a file that is there" create file="$log",mode=0600 e1
is "keeps its permissions" "$(stat -c %a "$log")" 604
check "a given mode" sh -c 'umask 077; "$@"' sh "$VENVB" --without-pip --plugin="audit-log,file=$scratch/m.log,mode=664" e1
is "whatever the umask" "$(stat -c %a m.log)" 664

# Many at the same time.
for i in 1 2 3 4 5 6; do create file="$scratch/many.log" "p$i" & pids+=($!); done
wait "${pids[@]}"
is "runs at the same time" "$(rows many.log 'sorted(r["environment"]["env_name"] for r in rows)')" \
   "['p1', 'p2', 'p3', 'p4', 'p5', 'p6']"

# What fails is noted, too, unless that is not wanted.

rm "$log"
export XDG_CONFIG_HOME=$scratch/config
mkdir -p "$XDG_CONFIG_HOME/venvb/hooks.d/post_setup.d"
printf '#!/bin/sh\necho output; exit 5\n' >"$XDG_CONFIG_HOME/venvb/hooks.d/post_setup.d/bad"
chmod +x "$XDG_CONFIG_HOME/venvb/hooks.d/post_setup.d/bad"
"$VENVB" --without-pip --plugin=run-hooks --plugin=audit-log,file="$log",failures=no bad >out 2>&1
is "a run that fails" "$?" 1
is "is not noted" "$(ls "$log" 2>/dev/null)" ""
"$VENVB" --without-pip --plugin=run-hooks --plugin=audit-log,file="$log" bad >out 2>&1
is "by default it is" "$(rows "$log" '[(r["event"], r["environment"]["stage"]) for r in rows]')" "[('failed', 'post_setup')]"
check "with the reason" test "$(rows "$log" '"exited with status 5" in rows[0]["error"] and "output" in rows[0]["error"]')" = True
check_fails "no Python" 1 "no Python interpreter 'nope-3'" create file="$log",failures -p nope-3 bad
is "is noted, too" "$(rows "$log" 'rows[-1]["event"], rows[-1]["environment"]["executable"]')" "('failed', None)"
"$VENVB" --without-pip --plugin=run-hooks --plugin=audit-log,file=/nowhere/log,failures bad >out 2>err
is "a failure that can't be noted stays the failure it is" "$(grep -c 'exited with status 5' err)" 1
check "and is warned of" grep -q "^venvb: audit-log: cannot open log '/nowhere/log': its directory does not exist$" err
rm -r "$XDG_CONFIG_HOME"

# What can't be written.

fails "no directory" "cannot open log '/nowhere/log': its directory does not exist$" file=/nowhere/log
mkfifo fifo
fails "a pipe" "cannot open log '$PWD/fifo': it is not a regular file$" file="$PWD/fifo"
fails "a device" "cannot open log '/dev/null': it is not a regular file$" file=/dev/null
fails "a directory" "cannot open log '$PWD/e1': Is a directory$" file="$PWD/e1"
ln -s "$scratch/aim" link
fails "a link" "cannot open log '$PWD/link': it is a symbolic link$" file="$PWD/link"
is "which leads nowhere now" "$(ls aim 2>/dev/null)" ""

# A limit on the size of files stands for a full disk: the line does not fit.
head -c 65436 /dev/zero | tr '\0' x >full
is "a full disk" "$( (ulimit -f 64; trap '' XFSZ; create file="$PWD/full",lenient e1) 2>&1)" \
   "venvb: audit-log: cannot write log '$PWD/full': File too large"
is "leaves no part of a line" "$(stat -c %s full)" 65436
touch public && chmod 666 public
fails "a file that everybody may write to" "cannot use log '$PWD/public': everybody may write to it$" file="$PWD/public"
chmod 602 public
fails "or only write" "cannot use log '$PWD/public': everybody may write to it$" file="$PWD/public"
is "nothing is in it" "$(cat public)" ""
if [ "$(id -u)" -ne 0 ]; then
  touch mine && chmod 400 mine
  fails "no permission" "cannot open log '$PWD/mine': Permission denied$" file="$PWD/mine"
else
  skip "no permission" "root"
fi
check "lenient" create file=/nowhere/log,lenient e3
is "only warns" "$(create file=/nowhere/log,lenient e3 2>&1)" \
   "venvb: audit-log: cannot open log '/nowhere/log': its directory does not exist"
"$python" -c '
import fcntl, sys, time
log = open(sys.argv[1])
fcntl.flock(log, fcntl.LOCK_EX)
open("held", "w").close()
time.sleep(20)' "$log" &
holder=$!
for _ in $(seq 200); do [ -e held ] && break; sleep 0.05; done
check_fails "a lock that is held" 1 "cannot lock log '$log': another program holds it$" \
  "$VENVB" --without-pip --plugin="$here,file=$log" bad
kill "$holder"

wrong "no file" "file needs a value" file=
wrong "a mode that is none" "not permissions in octal: '0689'" "file=$log,mode=0689"
wrong "a mode that lets everybody write" "everybody could write to a log of mode '0662'" "file=$log,mode=0662"
wrong "a facility that is none" "facility is one of auth, .*, not 'kernel'" syslog,facility=kernel
check "switches with a value" create "file=$log,failures=yes,lenient=off,syslog=no" switched
rm -rf switched
wrong "a switch with a value that is none" "lenient is 'yes' or 'no', not 'maybe'" "file=$log,lenient=maybe"
wrong "an unknown option" "unknown option 'files'" files=x
is "no environment was begun" "$(ls -d bad 2>/dev/null)" ""

# The system's log: a daemon that writes down what it receives.

cat >daemon.py <<'END'
import os, socket, sys
kind, path, out = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX, getattr(socket, kind))
listener.bind(path)
if kind == 'SOCK_STREAM':
    listener.listen(1)
open(out + '.ready', 'w').close()
listener.settimeout(30)
if kind == 'SOCK_STREAM':
    connection, _ = listener.accept()
    data = b''
    while not data.endswith(b'\0'):
        data += connection.recv(65536)
else:
    data = listener.recv(1 << 20)
with open(out, 'wb') as file:
    file.write(data)
END
listen () # KIND SOCKET OUT
{
  rm -f "$2" "$3" "$3.ready"
  "$python" daemon.py "$@" &
  daemon=$!
  for _ in $(seq 200); do [ -e "$3.ready" ] && return; sleep 0.05; done
}
for kind in SOCK_DGRAM SOCK_STREAM; do
  listen $kind log.socket received
  check "to a daemon ($kind)" "$VENVB" --plugin="$here,facility=local3" new
  wait "$daemon"
  tr -d '\0' <received >text
  check "priority, time and name ($kind)" grep -qE "^<157>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} venvb\[[0-9]+\]: \{" text
  sed 's/^[^{]*//' text >json
  is "the line is JSON ($kind)" "$(rows json 'rows[0]["environment"]["env_dir"]')" "$PWD/new"
done
listen SOCK_DGRAM log.socket received
check "by default" "$VENVB" --without-pip --plugin="$here,syslog,file=$scratch/both.log" new
wait "$daemon"
check "the facility is user" grep -q '^<13>' received
is "to a file as well, the same" "$(sed 's/^[^{]*//' received)" "$(cat both.log)"
check_fails "nobody listens" 1 "stage finish: cannot write to the system's log 'log.socket': Connection refused$" \
  "$VENVB" --without-pip --plugin="$here,syslog" bad
check_fails "nobody but a file" 1 "Connection refused$" \
  "$VENVB" --without-pip --plugin="$here,syslog,file=$scratch/half.log" bad
is "the file is told" "$(rows half.log '[r["event"] for r in rows]')" "['created', 'failed']"
rm log.socket
check_fails "there is no log" 1 "cannot write to the system's log 'log.socket': No such file" \
  "$VENVB" --without-pip --plugin="$here,syslog" bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""

# The plugin as it is installed, and /dev/log: in a /dev of its own.
cat >own-dev.sh <<'END'
mkdir own-dev && mount -t tmpfs none own-dev || exit 77
for file in null zero full random urandom tty; do
  touch own-dev/$file && mount --bind /dev/$file own-dev/$file || exit 77
done
"$1" daemon.py SOCK_DGRAM own-dev/log received &
while [ ! -e received.ready ]; do sleep 0.05; done
mount --move own-dev /dev || mount --rbind own-dev /dev || exit 77
"$2" --without-pip --plugin=audit-log new || exit 1
wait
END
rm -f received received.ready
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
  unshare -m bash own-dev.sh "$python" "$VENVB" >out 2>&1
  status=$?
  if [ $status -eq 77 ]; then
    skip "/dev/log" "nothing can be mounted"
  else
    is "/dev/log" "$status$(cat out)" 0
    check "has the line" grep -q '^<13>.* venvb\[[0-9]*\]: {"time": ' received
  fi
else
  skip "/dev/log" "only root can have a /dev of his own"
fi

finish
