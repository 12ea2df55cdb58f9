#!/usr/bin/env python3
"""Writes the seeds that are no texts: archives, and files with NULs in them.

    make-seeds.py CORPUS_DIR

The same bytes each time."""

import base64
import hashlib
import io
import os
import struct
import sys
import zipfile

INFO = 'demo-1.0.dist-info'


def record(files):
    rows = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
        rows.append(f'{name},sha256={digest},{len(data)}\n')
    return ''.join(rows + [f'{INFO}/RECORD,,\n']).encode()


def members():
    files = {
        'demo.py': b'x = 1\n' * 40,
        f'{INFO}/METADATA': b'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n',
        f'{INFO}/WHEEL': b'Wheel-Version: 1.0\nRoot-Is-Purelib: true\n',
    }
    files[f'{INFO}/RECORD'] = record(files)
    return files


def archive(method, files=None, comment=b'', zip64=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        z.comment = comment
        for name, data in (files or members()).items():
            entry = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            entry.compress_type = method
            entry.external_attr = 0o100644 << 16
            with z.open(entry, 'w', force_zip64=zip64) as f:
                f.write(data)
    return out.getvalue()


def zips():
    plain = archive(zipfile.ZIP_STORED)
    yield 'stored', plain
    yield 'deflated', archive(zipfile.ZIP_DEFLATED)
    yield 'bzip2', archive(zipfile.ZIP_BZIP2, {'a': b'a' * 300})
    yield 'lzma', archive(zipfile.ZIP_LZMA, {'a': b'a' * 300})
    yield 'zip64', archive(zipfile.ZIP_DEFLATED, zip64=True)
    yield 'comment', archive(zipfile.ZIP_DEFLATED, {'a': b'b'}, comment=b'PK\5\6 not the end')
    yield 'empty', archive(zipfile.ZIP_STORED, {'': b''})
    yield 'names', archive(zipfile.ZIP_STORED, {'../a': b'', '/b': b'', 'c\\d': b'', 'é': b'', 'f/': b''})
    yield 'cut', plain[:-30]
    yield 'prefixed', b'#!/bin/sh\n' + plain
    at = plain.index(b'PK\1\2')
    yield 'encrypted', plain[:at + 8] + b'\1' + plain[at + 9:]
    yield 'nul', plain.replace(b'demo.py', b'de\0o.py')


def facts(version='3.11.2', implementation='cpython', **more):
    items = {
        'version': version, 'full_version': version, 'implementation': implementation,
        'executable': '/usr/bin/python3.11', 'real_executable': '/usr/bin/python3.11',
        'libpython': '', 'os_file': '/usr/lib/python3.11/os.py',
        'abiflags': '', 'bits': '64', 'purelib': 'lib/python3.11/site-packages', **more,
    }
    return b'venvb-facts=1\0' + b''.join(f'{k}={v}\0'.encode() for k, v in items.items())


def all_facts():
    yield 'cpython', facts()
    yield 'pypy', facts(implementation='pypy', version='3.9.16')
    yield 'threaded', facts(version='3.13.0rc1', abiflags='td', bits='32')
    yield 'old', facts(version='3.5.1')
    yield 'none', b'venvb-facts=1\0'
    yield 'no-equals', b'venvb-facts=1\0version\0'
    yield 'unended', facts()[:-1]
    yield 'newline', facts(executable='/usr/\nbin')
    yield 'record', b'stamp 1:2\0- -  - \0' + facts(executable='/gone', real_executable='/gone',
                                                          os_file='/gone')
    yield 'record-cut', b'stamp 1:2\0- -'


def manifest(dirs, files, scripts, name='demo'):
    fields = [name, '1.0', f'lib/{INFO}', 'lib', 'bin', '', f'{len(dirs)} {len(files)} {len(scripts)}']
    fields += dirs
    for file in files:
        fields += file
    for script in scripts:
        fields += script
    return ''.join(f'{field}\0' for field in fields).encode()


def manifests():
    yield 'usual', manifest(['', 'lib', f'lib/{INFO}'],
                            [['lib/a.py', 'sha256=x', '1 3 420 0 1700000000'],
                             [f'lib/{INFO}/WHEEL', '', '2 0 493 3 0']],
                            [['pip', 'pip.main', 'main', '0']])
    yield 'empty', manifest([], [], [])
    yield 'top', manifest([''], [['a.py', '', '0 0 420 0 0']], [])
    yield 'no-dir', manifest([''], [['a.py', '', '9 0 420 0 0']], [])
    yield 'many', b'a\0' * 6 + b'99999999999999999999 4294967296 3\0'
    yield 'huge', manifest([''], [['a.py', '', '0 18446744073709551616 4294967295 7 99999999999999999999']], [])
    yield 'magic', b'venvb-image-1\0' + b'123\0' + manifest([], [], [])
    yield 'short', manifest([''], [['a.py', '', '0 0 420']], [])


def main(corpus):
    for target, seeds in (('zip', zips), ('facts', all_facts), ('manifest', manifests)):
        os.makedirs(os.path.join(corpus, target), exist_ok=True)
        for name, data in seeds():
            with open(os.path.join(corpus, target, name), 'wb') as f:
                f.write(data)


main(sys.argv[1])
