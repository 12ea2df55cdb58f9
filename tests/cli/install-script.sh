# The plugin install-script: scripts from a directory and from a server on this
# machine, over http and https; what must not be run is not, and nothing stays.
. "${srcdir:-.}/tests/lib.sh"

unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
ls "$builddir"/plugins/install-script/install-script.la >/dev/null 2>&1 ||
  skip_all "built without libcurl"
python=$(command -v /usr/bin/python3 || command -v python3) || skip_all "no python3"

# A server: files from www/, /to?URL redirects there, and so does /cut?URL, with
# less to say than it has told, /hang never answers, and /endless never stops.
mkdir www
cat >server.py <<'EOF'
import http.server, os, ssl, sys, time

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition('?')
        if path == '/to':
            self.send_response(302)
            self.send_header('Location', query)
            self.end_headers()
        elif path == '/cut':
            self.send_response(302)
            self.send_header('Location', query)
            self.send_header('Content-Length', '100')
            self.end_headers()
            self.wfile.write(b'moved')
        elif path == '/hang':
            time.sleep(60)
        elif path == '/endless':
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b'#' * 65536)
            except OSError:
                pass
        elif path == '/auth/hello.py' and not self.headers['Authorization']:
            self.send_error(401)
        else:
            super().do_GET()

server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
port = sys.argv[1]
with open(port + '.new', 'w') as file:
    file.write(str(server.server_port))
os.rename(port + '.new', port)
os.chdir('www')
server.serve_forever()
EOF

servers=
trap 'kill $servers 2>/dev/null; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
serve () # PORT-FILE [CERTIFICATE KEY]
{
  "$python" server.py "$@" >"$1.log" 2>&1 &
  servers="$servers $!"
  for _ in $(seq 200); do
    [ -s "$1" ] && return 0
    sleep 0.05
  done
  return 1
}
check "a server is started" serve http.port || finish
port=$(cat http.port)
http=http://127.0.0.1:$port

cat >www/hello.py <<'EOF'
import os, sys
print('to standard output')
print('to standard error', file=sys.stderr)
with open(os.path.join(sys.prefix, 'ran'), 'a') as file:
    file.write('|'.join([os.getcwd()] + sys.argv + [sys.prefix, os.environ['VIRTUAL_ENV']]) + '\n')
EOF
cat >www/bad.py <<'EOF'
import os, sys
print('something is wrong')
open(os.path.join(sys.prefix, 'ran'), 'a').close()
sys.exit(3)
EOF
echo 'import os; os.unlink(__file__)' >www/gone.py
cp www/hello.py www/'with space.py'
mkdir -p www/auth 'www/ä b'
cp www/hello.py 'www/ä b/with space.py'
cp www/hello.py www/auth/
file=file://$PWD/www
sum=$(sha256sum www/hello.py | cut -d ' ' -f 1)

create () # ENV OPTIONS [VENVB-OPTION...]
{
  local env=$1 options=$2; shift 2
  "$VENVB" --without-pip "$@" --plugin=install-script,"$options" "$env"
}
fails () # NAME PATTERN OPTIONS
{
  check_fails "$1" 1 "$2" create env-bad "$3" && is "$1: nothing is left" "$(ls -d env-bad 2>/dev/null)" ""
}
wrong () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "$2" create env-bad "$3"
}

# A script runs as in the example of Python's documentation.
check "a script from a file" create env "url=$file/hello.py"
is "it ran in bin with the environment's Python" "$(cat env/ran)" \
  "$PWD/env/bin|hello.py|$PWD/env|$PWD/env"
is "it is gone" "$(ls env/bin/hello.py 2>/dev/null)" ""
check "a script over http" create env-http "url=$http/hello.py,sha256=$sum"
check "it ran" test -s env-http/ran
check "an upper case sha256" create env-upper "url=$http/hello.py,sha256=${sum^^}"

create env-verbose "url=$file/hello.py" -v >out 2>&1
is "-v shows both streams" "$(grep -c '^  | to standard \(output\|error\)$' out)" 2
check "-v says what is done" grep -qF "install-script: fetching '$file/hello.py'" out
is "without -v nothing is printed" "$(create env-silent "url=$file/hello.py" 2>&1)" ""

check "arguments are split as in a shell" create env-args \
  "url=$file/hello.py,args=--a 'b c' \$HOME d\\,e"
is "and nothing is expanded" "$(cut -d '|' -f 2-6 env-args/ran)" 'hello.py|--a|b c|$HOME|d,e'
check "empty arguments" create env-args0 "url=$file/hello.py,args="
check "several scripts" create env-many \
  "url=$file/hello.py,sha256=$sum,args=1,url=$http/hello.py,name=second.py,args=2,url=$file/gone.py"
is "they ran in order" "$(cut -d '|' -f 2,3 env-many/ran)" "hello.py|1
second.py|2"
check "a name that is encoded in the URL" create env-space "url=$http/with%20space.py"
is "is decoded" "$(cut -d '|' -f 2 env-space/ran)" "with space.py"
check "blanks and other letters in a directory" create env-blank "url=$file/ä b/with space.py"
is "are found" "$(cut -d '|' -f 2 env-blank/ran)" "with space.py"
check "also over http" create env-blank2 "url=$http/ä b/with space.py"
check "a script that removes itself" create env-gone "url=$file/gone.py"
check "redirects from http to http" create env-redirect \
  "url=$http/to?/to?$http/hello.py,name=hello.py,sha256=$sum"
check "the script after them ran" test -s env-redirect/ran
check "a redirect within the server" create env-relative "url=$http/to?/auth/../hello.py,name=x.py,sha256=$sum"
check "a redirect that is cut off" create env-cut "url=$http/cut?$http/hello.py,name=x.py,sha256=$sum"
check "the script after it ran" test -s env-cut/ran
check "user and password" create env-auth "url=http://me:secret@127.0.0.1:$port/auth/hello.py"
check_fails "--explain fetches nothing" 2 "not a URL" "$VENVB" --explain --plugin=install-script,url=http://
is "the stage" "$("$VENVB" --explain --plugin=install-script,url=http://127.0.0.1:1/x | grep -c '^stage *post_setup *install-script > core')" 1
check "an existing environment" create env "url=$file/hello.py,args=again"
is "it ran once more" "$(wc -l <env/ran)" 2
check "--upgrade leaves the stage out" create env "url=$file/hello.py" --upgrade
is "it did not run" "$(wc -l <env/ran)" 2

# What fails leaves nothing, and says why.
fails "HTTP 404" "cannot fetch '$http/none.py': HTTP status 404 \(not found\)" "url=$http/none.py"
fails "HTTP 401, without the password" "cannot fetch 'http://127.0.0.1:$port/auth/hello.py': HTTP status 401" \
  "url=$http/auth/hello.py"
fails "404 after a redirect names both" "'$http/to\?/none.py': HTTP status 404 \(not found\) for '$http/none.py'" \
  "url=$http/to?/none.py,name=x.py"
fails "no such file" "cannot fetch '$file/none.py': .*none.py" "url=$file/none.py"
fails "a directory" "cannot fetch '$file': '$PWD/www' is a directory" "url=$file"
fails "a directory with other letters" "is a directory" "url=$file/ä b,name=x.py"
: >www/empty.py
fails "an empty file" "there is nothing in '$file/empty.py'" "url=$file/empty.py"
closed=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
fails "a refused connection" "cannot fetch 'http://127.0.0.1:$closed/x.py': .*Connection refused" \
  "url=http://127.0.0.1:$closed/x.py"
fails "a host that does not exist" "cannot fetch 'https://no-such-host.invalid/x.py': .*no-such-host.invalid" \
  "url=https://no-such-host.invalid/x.py"
other=$(printf 'x' | sha256sum | cut -d ' ' -f 1)
fails "another sha256 shows both" "hello.py' is not what was expected: its SHA-256 is $sum, not $other" \
  "url=$http/hello.py,sha256=$other"
fails "a redirect to a file" "refusing to be redirected from http to 'file:///etc/hostname'" \
  "url=$http/to?file:///etc/hostname,name=x.py"
fails "a redirect to another scheme" "refusing to be redirected from http to 'ftp://127.0.0.1/x'" \
  "url=$http/to?ftp://127.0.0.1/x,name=x.py"
fails "a redirect loop" "more than 10 redirects" "url=$http/to?/to?/to?/to?/to?/to?/to?/to?/to?/to?/to?/to?/hello.py,name=x.py"
fails "no answer" "no answer in time" "url=$http/hang,timeout=1"
fails "a body without end" "larger than 67108864 bytes" "url=$http/endless"
truncate -s 65M www/large.py
fails "a file that is too large" "larger than 67108864 bytes" "url=$file/large.py"
fails "a name that is taken" "'$PWD/env-bad/bin/activate' exists already" "url=$file/hello.py,name=activate"

create env-bad "url=$file/hello.py,url=$file/bad.py" >out 2>err
is "a script that fails: exit status" "$?" 1
check "its error names it and its status" grep -qE "script 'bad.py': '.*/bin/.*' exited with status 3(; was removed, and may be .*)?$" err
check "and shows what it printed" grep -qF "  | something is wrong" err
is "nothing is left of the environment" "$(ls -d env-bad 2>/dev/null)" ""
create env "url=$file/bad.py" >out 2>err
is "it fails in an existing environment, too" "$?" 1
is "which is as it was" "$(wc -l <env/ran; ls env/bin/bad.py 2>/dev/null)" 2
check "and works" env/bin/python -c pass

# A run that is interrupted while a script runs.
cat >www/slow.py <<'EOF'
import os, sys, time
open(sys.argv[1], 'w').close()
time.sleep(30)
EOF
"$VENVB" --without-pip --plugin="install-script,url=$file/slow.py,args=$PWD/started" env-bad \
  >out 2>&1 &
pid=$!
for _ in $(seq 200); do [ -e started ] && break; sleep 0.05; done
kill "$pid"
wait "$pid"
is "an interrupted run leaves nothing" "$(ls -d env-bad started 2>/dev/null)" started

# Wrong options are told before anything is done.
check_fails "no url" 2 "option url is missing$" "$VENVB" --plugin=install-script env-bad
wrong "another scheme" "kind 'ftp'" "url=ftp://127.0.0.1/x.py"
wrong "no URL" "'hello.py:x/' is not a URL" "url=hello.py:x/"
wrong "a sha256 before any url" "no url before 'sha256'" "sha256=$sum,url=$file/hello.py"
wrong "a sha256 that is none" "not a SHA-256 in hexadecimal: 'abc'" "url=$file/hello.py,sha256=abc"
wrong "a URL without a name" "an option name is needed after '$http/'" "url=$http/"
wrong "a name with a slash" "not the name of a script: '../x'" "url=$file/hello.py,name=../x"
wrong "a name with an encoded slash" "an option name is needed" "url=$http/x%2F..%2Fy"
wrong "a name like an option" "not the name of a script: '-c'" "url=$file/hello.py,name=-c"
wrong "arguments with an open quote" "args 'it's'" "url=$file/hello.py,args=it's"
wrong "a timeout of nothing" "timeout is a number from 1 to 86400, not '0'" "url=$file/hello.py,timeout=0"
wrong "an unknown option" "unknown option 'urls'" "urls=x"
is "no environment was begun" "$(ls -d env-bad 2>/dev/null)" ""

create env-bad "url=http://no-such-host.invalid/x.py" >out 2>err
check "http from elsewhere without a sha256 is warned of" \
  grep -q "'http://no-such-host.invalid/x.py' is fetched without encryption" err
create env-bad "url=http://no-such-host.invalid/x.py,sha256=$sum" >out 2>err
is "with one it is not" "$(grep -c encryption err)" 0

# Encrypted, with a certificate made for this test.
if command -v openssl >/dev/null &&
   openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
     -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem 2>/dev/null &&
   serve https.port cert.pem key.pem; then
  https=https://127.0.0.1:$(cat https.port)
  fails "a certificate that nobody knows" "cannot fetch '$https/hello.py': SSL certificate" "url=$https/hello.py"
  check "one of ca-file" create env-tls "url=$https/hello.py,sha256=$sum,ca-file=cert.pem"
  fails "a name that is not the certificate's" "cannot fetch '.*': SSL: " \
    "url=https://localhost:$(cat https.port)/hello.py,ca-file=cert.pem"
  check "a redirect from http to https" create env-up "url=$http/to?$https/hello.py,name=x.py,ca-file=cert.pem"
  fails "a redirect from https to http" "refusing to be redirected from https to '$http/hello.py'" \
    "url=$https/to?$http/hello.py,name=x.py,ca-file=cert.pem"
  fails "not by way of http either" "refusing to be redirected from https to '$http/hello.py'" \
    "url=$http/to?$https/to?$http/hello.py,name=x.py,ca-file=cert.pem"
else
  skip "certificates" "no openssl"
fi

# Of what this is made of, the plugin alone needs libcurl.
needs_curl () { ldd "$1" 2>/dev/null | grep -q libcurl; }
lib=$(ls "$builddir"/plugins/install-script/.libs/install-script.so)
check "the plugin is linked with libcurl" needs_curl "$lib"
for other in "$builddir"/.libs/libvenvb.so "$builddir"/plugins/git-ignore/.libs/git-ignore.so; do
  check "${other##*/} is not" sh -c '! ldd "$1" | grep -q libcurl' sh "$other"
done
finish
