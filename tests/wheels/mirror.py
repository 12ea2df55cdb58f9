# SPDX-License-Identifier: BSD-2-Clause
"""A lock of real wheels from a cold cache, by way of a mirror on this machine.

usage: mirror.py VENVB PYTHON UV REQUIREMENTS WHEELS

REQUIREMENTS are pinned with hashes, and all their wheels are in the directory WHEELS.  The mirror
breaks off the largest of them in its middle: what comes of it has to be right.  Then the time and
the processor time of venvb and of uv are measured one after the other, each from an empty cache,
with hard links and without byte code, from nginx where there is one.  Prints TAP; real-wheels.py does it, too.
"""
import hashlib
import html
import http.server
import os
import re
import resource
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS = 5


def project_of(wheel):
    return re.sub('[-_.]+', '-', wheel.split('-')[0]).lower()


def lay_out(wheels, root):
    """The files of an index: /files/WHEEL and /simple/PROJECT/index.html."""
    pages = {}
    os.makedirs(root + '/files')
    for wheel in sorted(os.listdir(wheels)):
        if not wheel.endswith('.whl'):
            continue
        os.symlink(os.path.join(os.path.abspath(wheels), wheel), '%s/files/%s' % (root, wheel))
        with open(os.path.join(wheels, wheel), 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        pages.setdefault(project_of(wheel), []).append('<a href="../../files/%s#sha256=%s">%s</a>' % (
            html.escape(wheel), digest, html.escape(wheel)))
    for project, links in pages.items():
        os.makedirs('%s/simple/%s' % (root, project))
        with open('%s/simple/%s/index.html' % (root, project), 'w') as file:
            file.write('<!DOCTYPE html><html><body>%s</body></html>' % '\n'.join(links))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def do_GET(self):
        path = self.server.root + self.path + ('index.html' if self.path.endswith('/') else '')
        try:
            with open(path, 'rb') as file:
                data = file.read()
        except OSError:
            self.send_error(404)
            return
        begin = int((re.match(r'bytes=(\d+)-$', self.headers.get('Range', '')) or [0, 0])[1])
        name = os.path.basename(path)
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header('Content-Range', 'bytes %d-%d/%d' % (begin, len(data) - 1, len(data)))
        self.send_header('Content-Type', 'text/html' if self.path.endswith('/') else 'application/zip')
        self.send_header('Content-Length', str(len(data) - begin))
        self.end_headers()
        self.server.asked.append((name, begin))
        if name == self.server.breaks and begin == 0:
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.wfile.write(data[begin:])


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, address):
        pass


def serve(root, breaks=None):
    server = Server(('127.0.0.1', 0), Handler)
    server.root, server.breaks, server.asked = root, breaks, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def start_nginx(root, top):
    """A real one, where there is one: its process and its port, or None."""
    program = shutil.which('nginx', path=os.environ['PATH'] + ':/usr/sbin:/sbin')
    if program is None:
        return None
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    os.makedirs(top)
    with open(top + '/nginx.conf', 'w') as file:
        file.write('daemon off; master_process off; pid nginx.pid; error_log error.log;\n'
                   'events { }\nhttp { access_log off; sendfile on; default_type application/zip;\n'
                   'types { text/html html; }\n' + ''.join(
                       '%s_temp_path %s;\n' % (what, what) for what in (
                           'client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi')) +
                   'server { listen 127.0.0.1:%d; root %s; index index.html; } }\n' % (port, root))
    process = subprocess.Popen([program, '-p', top, '-c', 'nginx.conf'], stderr=subprocess.DEVNULL)
    for _ in range(500):
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return process, port
        except OSError:
            time.sleep(0.02)
    process.kill()
    process.wait()
    return None


class Mirror:
    def __init__(self, venvb, python, uv, requirements, wheels, top):
        self.venvb, self.python, self.uv, self.requirements = venvb, python, uv, requirements
        self.wheels, self.top, self.root = wheels, top, top + '/root'
        self.env, self.cache = top + '/env', top + '/cache'
        os.makedirs(top)
        lay_out(wheels, self.root)

    def clear(self):
        for place in (self.env, self.cache):
            shutil.rmtree(place, ignore_errors=True)

    def environ(self):
        environ = {key: value for key, value in os.environ.items()
                   if not key.startswith(('PIP_', 'UV_', 'VENVB_')) or key == 'VENVB_MODULE_DIR'}
        return dict(environ, XDG_CACHE_HOME=self.cache, UV_CACHE_DIR=self.cache + '/uv', UV_NO_CONFIG='1',
                    UV_PYTHON_DOWNLOADS='never', PIP_CONFIG_FILE=os.devnull)

    def commands(self, tool, url):
        if tool == 'venvb':
            return [[self.venvb, '-q', '--without-pip', '--no-compile', '--link-mode=hardlink', '-p', self.python,
                     '--plugin=lock,no-pip-conf,file=%s,index-url=%s' % (self.requirements, url), self.env]]
        return [[self.uv, 'venv', '-q', '-p', self.python, self.env],
                [self.uv, 'pip', 'sync', '-q', '-p', self.env, '--require-hashes', '--link-mode=hardlink', '--index-url', url,
                 self.requirements]]

    def run(self, tool, url):
        """Returns what it said, the seconds, and those of processors."""
        self.clear()
        before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        said = ''
        for command in self.commands(tool, url):
            done = subprocess.run(command, env=self.environ(), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
            said += done.stdout if done.returncode else ''
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (said, time.monotonic() - begin,
                after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)

    def is_it(self):
        """What --check has to say against it."""
        done = subprocess.run([self.venvb, '--check', '--plugin=lock,no-pip-conf,offline,file=' + self.requirements,
                               '--lock=' + self.requirements, self.env], env=self.environ(),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.stdout if done.returncode else ''

    def broken(self, check):
        largest = max(os.listdir(self.wheels), key=lambda name: os.path.getsize(os.path.join(self.wheels, name)))
        server = serve(self.root, largest)
        said = self.run('venvb', 'http://127.0.0.1:%d/simple' % server.server_port)[0]
        check('from a mirror that breaks off: installed', said == '', said)
        half = os.path.getsize(os.path.join(self.wheels, largest)) // 2
        asked = [begin for name, begin in server.asked if name == largest]
        check('... what broke off was gone on with', len(asked) == 2 and 0 < asked[1] <= half, repr(asked))
        names = [name for name, begin in server.asked if name.endswith('.whl') and begin == 0]
        check('... each file came once', len(names) == len(set(names)), repr(sorted(names)))
        said = self.is_it()
        check('... it is what was locked', said == '', said)
        server.shutdown()

    def measure(self, check, note):
        nginx = start_nginx(self.root, self.top + '/nginx')
        server = None if nginx else serve(self.root)
        url = 'http://127.0.0.1:%d/simple' % (nginx[1] if nginx else server.server_port)
        best = {}
        try:
            for _ in range(ROUNDS):
                for tool in 'venvb', 'uv':
                    said, seconds, cpu = self.run(tool, url)
                    check('%s: cold from a mirror' % tool, said == '', said)
                    best[tool] = [min(pair) for pair in zip(best.get(tool, (seconds, cpu)), (seconds, cpu))]
        finally:
            if nginx:
                nginx[0].terminate()
                nginx[0].wait()
        for tool, (seconds, cpu) in best.items():
            note('%s: cold, hard links, no byte code: %.2f s, %.2f s of processors (the least of %d), from %s' % (
                tool, seconds, cpu, ROUNDS, 'nginx' if nginx else 'a server in Python'))
        ratio = best['venvb'][0] / best['uv'][0]
        note('venvb : uv: %.2f of the time, %.2f of the processors' % (ratio, best['venvb'][1] / best['uv'][1]))
        return ratio


def main():
    venvb, python, uv, requirements, wheels = map(os.path.abspath, sys.argv[1:6])
    counts = [0, 0]

    def check(name, ok, told=''):
        counts[0] += 1
        counts[1] += not ok
        print('%s %d - %s' % ('ok' if ok else 'not ok', counts[0], name), flush=True)
        for line in told.splitlines()[:20] if not ok else ():
            print('#   ' + line)

    with tempfile.TemporaryDirectory(prefix='venvb-mirror-') as top:
        mirror = Mirror(venvb, python, uv, requirements, wheels, top + '/mirror')
        mirror.broken(check)
        mirror.measure(check, lambda text: print('# ' + text, flush=True))
    print('1..%d' % counts[0])
    return counts[1] > 0


if __name__ == '__main__':
    sys.exit(main())
