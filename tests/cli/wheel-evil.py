# SPDX-License-Identifier: BSD-2-Clause
"""Writes wheels that nobody should install, and some odd ones that are fine.

usage: wheel-evil.py DIR

Each bad wheel goes to a directory of its own, since its file name counts.
Prints, for each: the wheel, a tab, and what its refusal has to say (an
extended regular expression), or OK.
"""
import base64
import csv
import hashlib
import io
import os
import random
import stat
import struct
import sys
import zipfile
import zlib

NAME = 'evil-1.0-py3-none-any.whl'
INFO = 'evil-1.0.dist-info/'
WHEEL = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
METADATA = 'Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n'


def digest(data, algorithm='sha256'):
    value = hashlib.new(algorithm, data).digest()
    return '%s=%s' % (algorithm, base64.urlsafe_b64encode(value).decode().rstrip('='))


def base():
    """What every wheel has: a list of (name, data)."""
    return [('evil.py', b'x = 1\n'), (INFO + 'WHEEL', WHEEL.encode()),
            (INFO + 'METADATA', METADATA.encode())]


def rows_of(files):
    return [[name, digest(data), str(len(data))] for name, data in files
            if not name.endswith('/')]


def record(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator='\n').writerows(rows + [[INFO + 'RECORD', '', '']])
    return out.getvalue().encode()


class Case:
    """A wheel: what is in it, and what is done to it afterwards."""

    def __init__(self, pattern, name=NAME):
        self.pattern, self.name = pattern, name
        self.files, self.rows, self.record = base(), None, None
        self.modes, self.method = {}, zipfile.ZIP_DEFLATED
        self.methods = {}
        self.patch = lambda data: data

    def add(self, name, data=b'y = 2\n', mode=None):
        self.files.append((name, data))
        if mode is not None:
            self.modes[name] = mode
        return self

    def replace(self, name, data):
        self.files = [(n, data if n == name else d) for n, d in self.files]
        return self

    def drop(self, name):
        self.files = [(n, d) for n, d in self.files if n != name]
        return self

    def with_rows(self, change):
        self.rows = rows_of(self.files)
        change(self.rows)
        return self

    def with_record(self, data):
        self.record = data
        return self

    def patched(self, patch):
        self.patch, self.method = patch, zipfile.ZIP_STORED
        return self

    def bytes(self):
        out = io.BytesIO()
        rows = rows_of(self.files) if self.rows is None else self.rows
        files = list(self.files)
        if self.record is not False:
            files.append((INFO + 'RECORD', self.record or record(rows)))
        with zipfile.ZipFile(out, 'w', self.method) as archive:
            for name, data in files:
                info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
                info.compress_type = self.methods.get(name, self.method)
                info.external_attr = self.modes.get(name, stat.S_IFREG | 0o644) << 16
                archive.writestr(info, data)
        return self.patch(out.getvalue())


def set_field(name, offset_local, offset_central, code, value):
    """Patches a field of the two headers of a file."""
    def patch(data):
        data = bytearray(data)
        for magic, at_name, offset in ((b'PK\3\4', 30, offset_local),
                                       (b'PK\1\2', 46, offset_central)):
            at = data.find(magic)
            while data[at + at_name:at + at_name + len(name)] != name:
                at = data.find(magic, at + 1)
            struct.pack_into(code, data, at + offset, value)
        return bytes(data)
    return patch


def swap(old, new, count=-1):
    return lambda data: data.replace(old, new, count)


def entry_points(text):
    return Case(None).add(INFO + 'entry_points.txt', text.encode())


def expect(pattern, case):
    case.pattern = pattern
    return case


def names():
    yield 'absolute', Case("'/etc/evil' is an absolute name").add('/etc/evil')
    yield 'dot-dot', Case("'../evil.py' leads out").add('../evil.py')
    yield 'dot-dot-inside', Case("'a/../../b.py' leads out").add('a/../../b.py')
    yield 'empty-part', Case("'a//b.py' has an empty component").add('a//b.py')
    yield 'dot', Case(r"'a/\./b.py' has an empty component").add('a/./b.py')
    yield 'no-name', Case('empty component').add('a//', b'', stat.S_IFDIR | 0o755)
    yield 'backslash', Case(r"'a.{1,2}b.py' has a backslash").add('a\\b.py')
    yield 'control', Case('control characters').add('a\nb.py')
    # libzip 1.12 says so itself.
    yield 'nul', Case('NUL in a name|NUL byte in file name').add('aXXb.py').patched(swap(b'aXXb', b'a\0Xb'))
    yield 'too-long', Case('is too long').add('a' * 256 + '.py')
    yield 'latin-1', Case('not UTF-8').add('aXXb.py').patched(swap(b'aXXb', b'a\xe9\xe8b'))
    yield 'utf-8-unmarked', Case('not UTF-8').add('aXXb.py').patched(
        swap(b'aXXb', b'a\xc3\xa9b'))
    yield 'twice', Case('is there twice').add('aab.py').add('axb.py').patched(
        swap(b'axb', b'aab'))
    yield 'case', Case('differ in case only').add('Sub/Mod.py').add('sub/mod.py')
    yield 'case-unicode', Case('differ in case only').add('\u00c4.py').add('\u00e4.py')
    yield 'file-and-dir', Case('directory').add('thing').add('thing/mod.py')
    yield 'dir-and-file', Case('directory').add('thing/mod.py').add('thing')
    for label, name in (('dir', '.venvb-undo/tree/x'), ('file', '.venvb-'),
                        ('deep', 'pkg/sub/.venvb-undo.new/x'), ('capitals', 'pkg/.VENVB-Undo/x'),
                        ('unseen', '.ve\u200cnvb-undo/x'), ('short', 'pkg/VENVB-~1/x'),
                        ('info', INFO + '.venvb-x'),
                        *((key, 'evil-1.0.data/%s/.venvb-undo/x' % key) for key in
                          ('data', 'purelib', 'platlib', 'scripts', 'headers'))):
        yield 'reserved-' + label, Case("'%s' has a name that is kept for venvb itself" %
                                        name).add(name)
    yield 'reserved-entry', Case("'.venvb-x' has a name that is kept").add(
        '.venvb-x/', b'', stat.S_IFDIR | 0o755)
    yield 'dir-entry-and-file', Case('directory').add('thing').add(
        'thing/', b'', stat.S_IFDIR | 0o755)


def kinds():
    yield 'symlink', Case("'link' is a symbolic link").add('link', b'/etc/passwd',
                                                            stat.S_IFLNK | 0o777)
    yield 'fifo', Case("'pipe' is not a regular file").add('pipe', b'', stat.S_IFIFO | 0o644)
    yield 'dir-as-file', Case("'dir' is not a regular file").add('dir', b'',
                                                                 stat.S_IFDIR | 0o755)
    encrypted = Case("'evil.py' is encrypted").patched(set_field(b'evil.py', 6, 8, '<H', 1))
    # Of what is only stored, libzip 1.12 finds that there is no room for a key.
    encrypted.method = zipfile.ZIP_DEFLATED
    yield 'encrypted', encrypted


def recorded():
    yield 'unrecorded', Case("'more.py' is not in RECORD").add('more.py').with_rows(
        lambda rows: rows.pop())
    yield 'missing', Case("RECORD lists 'gone.py', which is not there").with_rows(
        lambda rows: rows.append(['gone.py', digest(b''), '0']))
    yield 'bad-hash', Case("'evil.py': its hash is not").with_rows(
        lambda rows: rows[0].__setitem__(1, digest(b'other')))
    yield 'bad-hash-info', Case('METADATA.: its hash is not').with_rows(
        lambda rows: rows[2].__setitem__(1, digest(b'other')))
    yield 'cut-hash', Case("'evil.py': its hash is not").with_rows(
        lambda rows: rows[0].__setitem__(1, rows[0][1][:20]))
    yield 'bad-size', Case("'evil.py': its size is not").with_rows(
        lambda rows: rows[0].__setitem__(2, '7'))
    yield 'no-hash', Case("'evil.py': RECORD has no hash").with_rows(
        lambda rows: rows[0].__setitem__(1, ''))
    yield 'weak-hash', Case('not sha256, sha384 or sha512').with_rows(
        lambda rows: rows[0].__setitem__(1, digest(base()[0][1], 'md5')))
    yield 'two-rows', Case("two different rows for 'evil.py'").with_rows(
        lambda rows: rows.append(['evil.py', digest(b'z'), '1']))
    yield 'two-fields', Case('row 1 of RECORD').with_record(b'evil.py,sha256=x\n')
    yield 'open-quote', Case('row 1 of RECORD').with_record(b'"evil.py,sha256=x,1\n')
    yield 'record-nul', Case('RECORD is not UTF-8').with_record(b'evil.py,\0,1\n')
    yield 'record-latin-1', Case('RECORD is not UTF-8').with_record(b'evil\xe9.py,,\n')


def metadata():
    yield 'no-record', Case('no RECORD file').with_record(False)
    yield 'no-wheel', Case('no WHEEL file').drop(INFO + 'WHEEL')
    yield 'no-metadata', Case('no METADATA file').drop(INFO + 'METADATA')
    yield 'wheel-2', Case('its Wheel-Version is 2.0').replace(
        INFO + 'WHEEL', WHEEL.replace('1.0', '2.0').encode())
    yield 'wheel-none', Case('no Wheel-Version').replace(INFO + 'WHEEL', b'Tag: x\n')
    yield 'wheel-odd', Case('Wheel-Version is not a version').replace(
        INFO + 'WHEEL', b'Wheel-Version: one\n')
    yield 'no-info', Case(r'no \.dist-info').drop(INFO + 'WHEEL').drop(
        INFO + 'METADATA').with_record(False)
    yield 'two-infos', Case(r'several \.dist-info').add('evil-2.0.dist-info/METADATA')
    yield 'other-name', Case('another project or version', 'good-1.0-py3-none-any.whl')
    yield 'other-version', Case('another project or version', 'evil-1.1-py3-none-any.whl')
    yield 'other-metadata', Case('METADATA file is of another').replace(
        INFO + 'METADATA', METADATA.replace('evil', 'good').encode())
    yield 'no-version', Case('no valid Name and Version').replace(
        INFO + 'METADATA', b'Name: evil\n\nVersion: 1.0\n')
    reserved = Case("Name in its METADATA file: '.venvb-x' has a name that is kept",
                    '_venvb_x-1.0-py3-none-any.whl')
    reserved.files = [(n.replace('evil-1.0.d', '_venvb_x-1.0.d'), d.replace(b'evil', b'.venvb-x'))
                      for n, d in reserved.files]
    rows = record(rows_of(reserved.files)).decode()
    reserved.record = False
    yield 'reserved-name', reserved.add('_venvb_x-1.0.dist-info/RECORD',
                                        rows.replace('evil-1.0.d', '_venvb_x-1.0.d').encode())
    yield 'file-name', Case('its name is not', 'evil-1.0.whl')
    yield 'not-whl', Case(r'does not end in \.whl', 'evil-1.0-py3-none-any.zip')
    yield 'data-kind', Case('unknown kind').add('evil-1.0.data/other/x')
    yield 'data-short', Case('unknown kind').add('evil-1.0.data/purelib')
    yield 'data-name', Case('another project or version').add('good-1.0.data/purelib/x')
    yield 'data-twice', Case("'.*evil.py' is there twice").add('evil-1.0.data/purelib/evil.py')
    yield 'data-record', Case("RECORD' is there twice").add(
        'evil-1.0.data/purelib/' + INFO + 'RECORD')


def scripts():
    for label, text in (('slash', 'a/b'), ('dots', '..'), ('empty', ''), ('absolute', '/bin/ls'),
                        ('backslash', 'a\\b'), ('space', 'a b'), ('reserved', '.venvb-undo')):
        yield 'script-' + label, expect('a script with an invalid name',
                                        entry_points('[console_scripts]\n%s = m:f\n' % text))
    for label, text in (('no-function', 'm'), ('empty', ''), ('call', 'm:f()'),
                        ('code', 'os;print(1):f'), ('digit', 'm:1f'), ('dots', 'm..n:f'),
                        ('space', 'm n:f')):
        yield 'reference-' + label, expect('does not name a module and a function',
                                           entry_points('[gui_scripts]\nx = %s\n' % text))
    yield 'script-line', expect("a line without '='", entry_points('[console_scripts]\nx\n'))
    latin = Case('entry_points.txt is not UTF-8')
    yield 'script-latin-1', latin.add(INFO + 'entry_points.txt', b'[console_scripts]\n\xe9=m:f\n')
    yield 'script-twice', expect("'bin/x' is there twice", entry_points(
        '[console_scripts]\nx = m:f\n').add('evil-1.0.data/data/bin/x'))


def archives():
    zeros = bytes(1 << 20)
    whole = Case(None).bytes()
    yield 'not-zip', Case('it can.t be read').patched(lambda data: b'not a zip file\n' * 10)
    yield 'empty', Case('it can.t be read').patched(lambda data: b'')
    for part in (10, 4, 2):
        yield 'truncated-%d' % part, Case("it can.t be read").patched(
            lambda data, part=part: whole[:-len(whole) // part])
    yield 'cut-start', Case("it can.t be read").patched(lambda data: whole[40:])
    yield 'bit-flip', Case('hash|CRC|read').patched(swap(b'x = 1', b'x = 2', 1))
    yield 'claims-more', Case('.').add('big', zeros).patched(
        set_field(b'big', 22, 24, '<I', len(zeros) + 1))
    yield 'claims-less', Case('.').add('big', zeros).patched(
        set_field(b'big', 22, 24, '<I', len(zeros) - 1))
    # What is large itself may hold more.
    large = Case('smaller than it claims to be').add('big', zeros).add('stored', zeros * 60).patched(
        set_field(b'big', 22, 24, '<I', 1100 << 20))
    large.methods['big'] = zipfile.ZIP_DEFLATED
    yield 'large', large
    yield 'bomb', Case('more than 1024 MiB|inconsistent').add('big', zeros).patched(
        set_field(b'big', 22, 24, '<I', 3 << 30))
    for label, place in (
            ('python', 'scripts/python'), ('python-data', 'data/bin/python3.13'),
            ('python-case', 'data/BIN/Python3'), ('cfg', 'data/pyvenv.cfg'),
            ('activate', 'scripts/activate'), ('pypy', 'scripts/pypy3.9')):
        yield 'own-' + label, Case("is the environment's own").add('evil-1.0.data/' + place)
    for name in 'python', 'activate', 'python3':
        yield 'own-entry-' + name, expect(
            "is the environment's own", entry_points('[console_scripts]\n%s = m:f\n' % name))
    # The same of what is compressed, as most is.
    size, packed = len(zeros), len(zlib.compress(zeros)) - 6
    for label, change, pattern in (
            ('more', (22, 24, '<I', size + 1), 'smaller than it claims to be|CRC'),
            ('less', (22, 24, '<I', size - 1), 'larger than it claims to be|CRC'),
            ('checksum', (14, 16, '<I', 1), 'CRC'),
            ('short', (18, 20, '<I', packed - 8), 'CRC|smaller|read')):
        case = Case(pattern).add('big', zeros).patched(set_field(b'big', *change))
        case.method = zipfile.ZIP_DEFLATED
        yield 'compressed-' + label, case
    many = Case('more than 65535 files|read')
    many.method = zipfile.ZIP_STORED
    many.files += [('m/%d' % i, b'') for i in range(65540)]
    yield 'many', many


def good():
    yield 'plain', Case('OK')
    yield 'newer-minor', Case('OK').replace(
        INFO + 'WHEEL', WHEEL.replace('1.0', '1.9').encode())
    yield 'build-tag', Case('OK', 'Evil-1.0-1-py3-none-any.whl')
    yield 'sha512', Case('OK').with_rows(
        lambda rows: rows[0].__setitem__(1, digest(base()[0][1], 'sha512')))
    yield 'sha384-padded', Case('OK').with_rows(
        lambda rows: rows[0].__setitem__(1, digest(base()[0][1], 'sha384') + '=='))
    yield 'no-size', Case('OK').with_rows(lambda rows: rows[0].__setitem__(2, ''))
    yield 'same-row-twice', Case('OK').with_rows(lambda rows: rows.append(rows[0]))
    yield 'signature', Case('OK').add(INFO + 'RECORD.jws').with_rows(lambda rows: rows.pop())
    yield 'unicode', Case('OK').add('m\u00f6dul.py')
    yield 'quoted', Case('OK').add('a, "b".txt')
    yield 'syntax-error', Case('OK').add('bad.py', b'def\n')
    yield 'dir-entries', Case('OK').add('pkg/', b'', stat.S_IFDIR | 0o755).add('pkg/m.py')
    yield 'nearly-reserved', Case('OK').add('.venvb/x').add('a.venvb-x').add('.venvb_x').add(
        'venvb-x').add('venvb-~x')
    yield 'empty-file', Case('OK').add('e.txt', b'')
    for size in (8 << 20) - 1, 8 << 20, (8 << 20) + 1, 50 << 20:
        yield 'of-%d' % size, Case('OK').add('large', bytes(size))
    yield 'of-random', Case('OK').add('large', random.Random(1).getrandbits(9 << 23).to_bytes(9 << 20, 'big'))
    yield 'own-nearly', Case('OK').add('evil-1.0.data/scripts/python-config').add(
        'evil-1.0.data/scripts/activate-global-python-argcomplete').add('bin/python')
    yield 'scripts-in-case', entry_points('[console_scripts]\nEvil = m:f\nevil = m:f\n')


def main():
    top = sys.argv[1]
    for group in (names, kinds, recorded, metadata, scripts, archives, good):
        for label, case in group():
            os.makedirs(os.path.join(top, label))
            path = os.path.join(top, label, case.name)
            with open(path, 'wb') as file:
                file.write(case.bytes())
            print('%s\t%s' % (path, case.pattern or 'OK'))


main()
