# SPDX-License-Identifier: BSD-2-Clause
"""A wheel with files as they are wanted: prints its SHA-256.

usage: wheel.py DIR/NAME-VERSION[-BUILD]-TAG.whl [PATH=TEXT...]

INFO in a path is the directory NAME-VERSION.dist-info.  RECORD+=TEXT is added to RECORD, and
RECORD-=PATH has it list no such file.
"""
import base64
import hashlib
import os
import sys
import zipfile


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()


def make(path, *members):
    name, version, *_, python, abi, platform = os.path.basename(path)[:-len('.whl')].split('-')
    info = '%s-%s.dist-info' % (name, version)
    files = {
        info + '/METADATA': 'Metadata-Version: 2.1\nName: %s\nVersion: %s\n' % (name, version),
        info + '/WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: %s-%s-%s\n' % (python, abi, platform),
    }
    more, less = '', set()
    for member in members:
        key, _, text = member.partition('=')
        if key == 'RECORD+':
            more += text + '\n'
            continue
        if key == 'RECORD-':
            less.add(text)
            continue
        files[key.replace('INFO', info)] = text
    with zipfile.ZipFile(path, 'w') as archive:
        record = ''
        for entry, text in files.items():
            archive.writestr(zipfile.ZipInfo(entry), text)
            if entry not in less:
                record += '%s,sha256=%s,%d\n' % (entry, digest(text.encode()), len(text.encode()))
        archive.writestr(zipfile.ZipInfo(info + '/RECORD'), record + more + info + '/RECORD,,\n')
    with open(path, 'rb') as archive:
        return hashlib.sha256(archive.read()).hexdigest()


if __name__ == '__main__':
    print(make(*sys.argv[1:]))
