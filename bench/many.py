"""Many wheels, as a lock names them: made of the standard library's modules, or those in a
directory; and the commands that install them all."""
import base64
import glob
import hashlib
import os
import re
import shlex
import zipfile

WHEELS = 60
MODULES = 100       # of the largest; the others have fewer


def sources(python_lib):
    """Modules of the standard library, the same in each run."""
    found = sorted(glob.glob(os.path.join(python_lib, '*.py'))
                   + glob.glob(os.path.join(python_lib, '[a-s]*', '*.py')))
    texts = []
    for path in found:
        if 'site-packages' not in path and 'test' not in path:
            with open(path, 'rb') as file:
                texts.append(file.read())
    return texts


def make_wheel(directory, name, texts):
    info = f'{name}-1.0.dist-info/'
    files = {f'{name}/m{i}.py': text for i, text in enumerate(texts)}
    files[f'{name}/__init__.py'] = b''
    files[info + 'METADATA'] = f'Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n'.encode()
    files[info + 'WHEEL'] = b'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'
    rows = info + 'RECORD,,\n'
    with zipfile.ZipFile(os.path.join(directory, f'{name}-1.0-py3-none-any.whl'), 'w',
                         zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=')
            rows += f'{path},sha256={digest.decode()},{len(content)}\n'
            wheel.writestr(path, content)
        wheel.writestr(info + 'RECORD', rows)


def make_wheels(directory, python_lib):
    texts = sources(python_lib)
    for i in range(WHEELS):
        n = MODULES // (1 + i % 10)
        make_wheel(directory, f'many{i}', [texts[(i * 37 + k) % len(texts)] for k in range(n)])


def describe(directory):
    """How many wheels there are, and how large they are together."""
    wheels = glob.glob(os.path.join(directory, '*.whl'))
    size = sum(os.path.getsize(wheel) for wheel in wheels)
    return f'{len(wheels)} wheels, {size / 1e6:.0f} MB'


def write_lists(directory, paths, requirements):
    """What venvb's plugin reads, and what uv reads."""
    with open(paths, 'w', encoding='utf-8') as listed, \
            open(requirements, 'w', encoding='utf-8') as required:
        for wheel in sorted(glob.glob(os.path.join(directory, '*.whl'))):
            name, version = re.match(r'([^-]+)-([^-]+)-', os.path.basename(wheel)).groups()
            with open(wheel, 'rb') as file:
                digest = hashlib.sha256(file.read()).hexdigest()
            listed.write(wheel + '\n')
            required.write(f'{name}=={version} --hash=sha256:{digest}\n')


def commands(venvb, plugin, paths):
    """Of venvb: with byte code, and without."""
    words = venvb + ['--without-pip', f'--plugin={plugin},list={paths},at-once=yes']
    return {'venvb': words, 'venvb-source': words + ['--no-compile']}


def peers(uv, python, directory, requirements):
    """The same by uv: without byte code, and with."""
    if uv is None:
        return {}
    sync = [uv, 'pip', 'sync', '-q', '--require-hashes', '--no-index', '--find-links', directory]
    made = shlex.join([uv, 'venv', '-q', '-p', python])
    return {key: ['sh', '-c', f'{made} "$0" && {shlex.join(sync + more)} -p "$0" '
                              f'{shlex.quote(requirements)}']
            for key, more in (('uv-sync', []), ('uv-sync-compiled', ['--compile-bytecode']))}
