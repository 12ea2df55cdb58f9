# SPDX-License-Identifier: BSD-2-Clause
"""A server of files that does what servers do at times.

usage: fetch-server.py DIR PORT-FILE LOG [CERTIFICATE CLIENTS]

It listens on two ports of the loopback interface, which PORT-FILE gets, and serves the
files in DIR at /HOW/NAME.  LOG gets a line for each request: the port (a or b), the
path, what was asked for of the file, and who asks.  With a certificate it speaks TLS, and port
b to those alone who have one of CLIENTS.  HOW is

  ok        as asked for               once503   the first time it is busy
  break     the first time half of it  once429   likewise, and says when to come again
  norange   likewise; never a part     busy      always
  long      with more at its end       stall     no more after half of it
  longer    likewise, without a length wrong     with another byte
  short     with less, and says so     lost      not found
  away      port b has it              astray    host other.invalid has it, by http
  secret    to user:geheim alone       cut       without a length, the first time half
  forbidden to nobody                  secretaway  likewise, then port b has it
  slow      after a while              simple    pages of an index
  drip      piece by piece, for a second
  portal    what is no page of an index     based     pages with a base, and a comment
  wait      half of it, and the rest when there is a file DIR/go
"""
import base64
import os
import re
import socketserver
import ssl
import sys
import threading
import time
import http.server

WANTED = 'Basic ' + base64.b64encode(b'user:geheim').decode()
seen = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def say(self, status, length=None, **headers):
        self.send_response(status)
        if length is not None:
            self.send_header('Content-Length', str(length))
        else:
            self.close_connection = True
            self.send_header('Connection', 'close')
        for key, value in headers.items():
            self.send_header(key.replace('_', '-'), value)
        self.end_headers()

    def give(self, data, length=None, part=True, cut=None):
        wanted = re.match(r'bytes=(\d+)-$', self.headers.get('Range', ''))
        if wanted and part:
            begin = int(wanted.group(1))
            self.say(206, len(data) - begin,
                     Content_Range='bytes %d-%d/%d' % (begin, len(data) - 1, len(data)))
            data = data[begin:]
        else:
            self.say(200, len(data) if length is None else length or None)
        self.wfile.write(data[:cut])
        if cut is not None:
            self.wfile.flush()
            self.close_connection = True

    def page(self, project):
        names = [name for name in sorted(os.listdir(folder))
                 if re.sub('[-_.]+', '-', name.split('-')[0]).lower() == project]
        if not names:
            return self.say(404, 0)
        body = ''.join('<a class="x" href="../../ok/%s">%s</a>\n' % (name, name) for name in names)
        self.give(('<!DOCTYPE html><html><body>%s</body></html>' % body).encode())

    def do_GET(self):
        # A proxy is asked for whole URLs.
        where = re.sub('^http://[^/]*', '', self.path)
        _, how, name = (where + '/').split('/')[:3]
        with lock:
            count = seen[self.path] = seen.get(self.path, 0) + 1
            print(self.server.letter, self.path, self.headers.get('Range', '-'),
                  self.headers.get('Authorization', '-'), file=log, flush=True)
        if how == 'portal':
            return self.give(b'<html><body>Please log in, <b>whoever</b> you are</body></html>')
        if how == 'based':
            return self.give(('<html><head><BASE HREF="/ok/x/"></head><!-- <a href="/lost/%s">%s</a> -->'
                              '<a href="../%s">%s</a></html>' % ((name + '-1.0-py3-none-any.whl',) * 4)).encode())
        if how == 'simple':
            return self.page(name)
        try:
            data = open(os.path.join(folder, name), 'rb').read()
        except OSError:
            return self.say(404, 0)
        half = len(data) // 2
        first = count == 1
        if how == 'ok':
            self.give(data)
        elif how == 'slow':
            time.sleep(0.3)
            self.give(data)
        elif how == 'drip':
            self.say(200, len(data))
            for i in range(10):
                self.wfile.write(data[i * len(data) // 10:(i + 1) * len(data) // 10])
                self.wfile.flush()
                time.sleep(0.1)
        elif how == 'wait':
            self.say(200, len(data))
            self.wfile.write(data[:half])
            self.wfile.flush()
            deadline = time.monotonic() + 20
            while not os.path.exists(folder + '/go') and time.monotonic() < deadline:
                time.sleep(0.02)
            self.wfile.write(data[half:])
        elif how == 'break':
            self.give(data, cut=half if first else None)
        elif how == 'norange':
            self.give(data, part=False, cut=half if first else None)
        elif how == 'cut':
            self.give(data[:half] if first else data, length=0, part=False)
        elif how == 'long':
            self.give(data + b'x' * 100000)
        elif how == 'longer':
            self.give(data + b'x' * 100000, length=0)
        elif how == 'short':
            self.give(data[:half])
        elif how == 'wrong':
            self.give(data[:half] + bytes([data[half] ^ 1]) + data[half + 1:])
        elif how == 'stall':
            begin = half if self.headers.get('Range') else 0
            self.say(206 if begin else 200, len(data) - begin,
                     **{'Content_Range': 'bytes %d-9/9' % begin} if begin else {})
            self.wfile.write(data[begin:half])
            self.wfile.flush()
            time.sleep(20)
        elif how in ('once503', 'once429') and not first:
            self.give(data)
        elif how == 'once503':
            self.say(503, 0)
        elif how == 'once429':
            self.say(429, 0, Retry_After='1')
        elif how == 'busy':
            self.say(503, 0, Retry_After='1000')
        elif how == 'lost':
            self.say(404, 0)
        elif how == 'forbidden':
            self.say(403, 0)
        elif how == 'away':
            self.say(302, 0, Location='http://127.0.0.1:%d/ok/%s' % (ports[1], name))
        elif how == 'astray':
            self.say(302, 0, Location='http://other.invalid/ok/%s' % name)
        elif how.startswith('secret') and self.headers.get('Authorization') != WANTED:
            self.say(401, 0, WWW_Authenticate='Basic realm="x"')
        elif how == 'secret':
            self.give(data)
        elif how == 'secretaway':
            self.say(302, 0, Location='http://127.0.0.1:%d/ok/%s' % (ports[1], name))
        else:
            self.say(400, 0)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


folder, port_file, log_file, *certificates = sys.argv[1:]
log = open(log_file, 'a')
servers = [Server(('127.0.0.1', 0), Handler) for _ in 'ab']
ports = [server.server_port for server in servers]
for server, letter in zip(servers, 'ab'):
    server.letter = letter
    if certificates:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates[0])
        if letter == 'b':
            context.load_verify_locations(certificates[1])
            context.verify_mode = ssl.CERT_REQUIRED
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
with open(port_file + '.new', 'w') as file:
    print(*ports, file=file)
os.rename(port_file + '.new', port_file)
threading.Thread(target=servers[1].serve_forever, daemon=True).start()
servers[0].serve_forever()
