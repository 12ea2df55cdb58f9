# shellcheck shell=bash
# Many small wheels from a real server, nginx, by HTTP/2: all over one connection, by many
# runs at once, and by some that are killed.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'
[ -e "$builddir/fetch/.libs/fetch.so" ] || skip_all 'built without libcurl'
nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx) || skip_all 'no nginx'
command -v openssl >/dev/null || skip_all 'no openssl'
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE NETRC
if [ -n "$stress" ]; then wheels=200 runs=20 kills=20; else wheels=60 runs=6 kills=4; fi

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost >/dev/null 2>&1 || skip_all 'openssl makes no certificate'
mkdir -p nginx/files cache
# The lock names a port that is written into it when nginx has one.
python3 -B - "$srcdir/tests" nginx/files "$wheels" >pylock.in <<'EOF'
import os, sys
sys.path.insert(0, sys.argv[1])
import wheel
print('lock-version = "1.0"\ncreated-by = "test"')
for n in range(int(sys.argv[3])):
    name = 'w%03d' % n
    path = '%s/%s-1.0-py3-none-any.whl' % (sys.argv[2], name)
    digest = wheel.make(path, *['%s/m%d.py=N = %d' % (name, m, m) for m in range(3)], name + '/data=' + 'x' * 50 * n)
    print('[[packages]]\nname = "%s"\nversion = "1.0"\n[[packages.wheels]]\nurl = "@AT@/%s"\nsize = %d\n'
          'hashes = {sha256 = "%s"}' % (name, os.path.basename(path), os.path.getsize(path), digest))
EOF
serve () # HTTP2 : starts nginx on a port that is free, which it does not find by itself
{
  local port
  for _ in 1 2 3 4 5; do
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    cat >nginx/nginx.conf <<EOF
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1000; }
http {
  log_format each '\$connection \$server_protocol \$status \$uri';
  access_log access.log each;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {
    listen 127.0.0.1:$port ssl $1;
    server_name localhost;
    ssl_certificate $scratch/cert.pem;
    ssl_certificate_key $scratch/key.pem;
    root $scratch/nginx/files;
  }
}
EOF
    "$nginx" -p "$scratch/nginx" -c nginx.conf 2>nginx/said &
    server=$!
    for _ in {1..200}; do
      [ -s nginx/nginx.pid ] && kill -0 "$server" 2>/dev/null && { servers="$servers $server"; at=https://localhost:$port; return; }
      kill -0 "$server" 2>/dev/null || break
      sleep .02
    done
  done
  return 1
}
serve http2 || skip_all "nginx does not start: $(tail -n 1 nginx/said)"
sed "s,@AT@,$at," pylock.in >pylock.toml
mk () { "$VENVB" --without-pip --no-compile --plugin="lock,no-pip-conf,ca-file=$scratch/cert.pem" "$@"; }
has () { find "$1" -maxdepth 4 -name '*.dist-info' 2>/dev/null | wc -l; }
got () { grep -c ' 20[06] /w' nginx/access.log; }
anew () { rm -rf env* cache; : >nginx/access.log; }

anew
check 'many wheels' mk env
is '... are there' "$(has env)" "$wheels"
is '... each asked for once' "$(got)" "$wheels"
is '... by HTTP/2' "$(cut -d' ' -f2 nginx/access.log | sort -u)" HTTP/2.0
is '... over one connection' "$(cut -d' ' -f1 nginx/access.log | sort -u | wc -l)" 1
check '... as their RECORDs say' "$VENVB" --check env

anew
for ((i = 0; i < runs; i++)); do
  mk "env$i" >"said$i" 2>&1 &
  pids[i]=$!
done
failed=0
for ((i = 0; i < runs; i++)); do wait "${pids[i]}" || failed=$((failed + 1)); done
is "$runs runs at once" "$failed" 0
is '... all have all' "$(for ((i = 0; i < runs; i++)); do has "env$i"; done | sort -u)" "$wheels"
is '... and each file came once' "$(got)" "$wheels"

broken=0
for ((i = 0; i < kills; i++)); do
  anew
  setsid "$VENVB" --without-pip --no-compile --plugin="lock,no-pip-conf,ca-file=$scratch/cert.pem" env >/dev/null 2>&1 &
  pid=$!
  # At a moment when so many have come.
  for ((j = 0; j < 500 && $(got) < i * wheels / kills; j++)); do sleep .01; done
  kill_group "$pid"
  was=$(find cache/venvb/v1/wheels -name '*.whl' 2>/dev/null | wc -l)
  : >nginx/access.log
  mk env >said 2>&1 && [ "$(has env)" -eq "$wheels" ] && [ "$(got)" -le $((wheels - was)) ] || broken=$((broken + 1))
  find cache/venvb/v1 -name '*.new*' | grep -q . && broken=$((broken + 1))
done
is "killed at $kills moments: the next run has all, and asks for nothing that was there" "$broken" 0
check '... as their RECORDs say' "$VENVB" --check env

kill "$server"; wait "$server" 2>/dev/null; servers=; rm -f nginx/nginx.pid
serve '' || exit 1
sed "s,@AT@,$at," pylock.in >pylock.toml
anew
check 'a server without HTTP/2' mk env
is '... has all' "$(has env) $(got)" "$wheels $wheels"
check '... over a few connections, and not one each' [ "$(cut -d' ' -f1 nginx/access.log | sort -u | wc -l)" -le 6 ]

finish
