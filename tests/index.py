# SPDX-License-Identifier: BSD-2-Clause
"""Wheels made for a test, and an index that serves them.

usage: index.py wheel DIR NAME VERSION [METADATA-LINE...]
       index.py serve DIR PORT-FILE

The first writes a wheel with a module NAME and prints its path.  The second
serves the wheels in DIR on the loopback interface, as PEP 503 has it, at
/simple/, writes its port to PORT-FILE and tells of requests on stderr.
"""
import base64
import hashlib
import http.server
import os
import re
import sys
import zipfile


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()


def make_wheel(folder, name, version, *lines):
    info = '%s-%s.dist-info/' % (name, version)
    metadata = ['Metadata-Version: 2.1', 'Name: ' + name, 'Version: ' + version]
    files = {
        name + '.py': 'VERSION = %r\n' % version,
        info + 'METADATA': '\n'.join(metadata + list(lines) + ['', 'Requires-Dist: text']),
        info + 'WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n'
                        'Tag: py3-none-any\n',
    }
    path = os.path.join(folder, '%s-%s-py3-none-any.whl' % (name, version))
    with zipfile.ZipFile(path, 'w') as archive:
        record = ''
        for entry, text in files.items():
            data = text.encode()
            record += '%s,sha256=%s,%d\n' % (entry, digest(data), len(data))
            archive.writestr(entry, data)
        archive.writestr(info + 'RECORD', record + info + 'RECORD,,\n')
    print(path)


def normalize(name):
    return re.sub('[-_.]+', '-', name).lower()


class Handler(http.server.SimpleHTTPRequestHandler):
    """A project's page lists its wheels, which are files beside it."""

    def do_GET(self):
        page = re.match('/simple/([^/]+)/$', self.path)
        if not page:
            self.path = '/' + os.path.basename(self.path)
            return super().do_GET()
        wheels = [name for name in sorted(os.listdir())
                  if normalize(name.partition('-')[0]) == normalize(page.group(1))]
        if not wheels:
            return self.send_error(404)
        links = ''.join('<a href="%s">%s</a>\n' % (name, name) for name in wheels)
        body = ('<!DOCTYPE html><html><body>%s</body></html>' % links).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'text/html')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(folder, port_file):
    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    with open(port_file + '.new', 'w') as file:
        file.write(str(server.server_port))
    os.rename(port_file + '.new', port_file)
    os.chdir(folder)
    server.serve_forever()


{'wheel': make_wheel, 'serve': serve}[sys.argv[1]](*sys.argv[2:])
