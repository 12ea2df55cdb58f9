#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes what PyPA's packaging says of versions, specifiers, markers and tags.

    make-vectors.py DIRECTORY

The same bytes each time with the same packaging, which is to be 26.3 or newer:
tests/unit/test-lock-vectors.c compares.  What packaging does otherwise than the
specifications is left out here, each with its reason, and tested by
tests/unit/test-lock.c."""

import hashlib
import itertools
import os
import random
import sys

import packaging
from packaging import tags
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import parse_wheel_filename
from packaging.version import InvalidVersion, Version

HEAD = f'# Made by make-vectors.py with packaging {packaging.__version__}.\n'


def write(directory, name, rows):
    with open(os.path.join(directory, name), 'w', encoding='utf-8') as out:
        out.write(HEAD)
        for row in rows:
            assert not any('\t' in field or '\n' in field for field in row), row
            out.write('\t'.join(row) + '\n')


def shuffled(items, count):
    items = sorted(set(items))
    random.shuffle(items)
    return items[:count]


# --- Versions ---------------------------------------------------------------

RELEASES = ['0', '1', '1.0', '1.1', '1.0.0', '1.0.1', '1.10', '01.2', '2', '2.0.post', '3.11', '3.11.2',
            '20240131', '1.2.3.4.5.6.7', '18446744073709551617', '1.18446744073709551616', '1!1.0', '2!0', '0!1',
            '1.00', '1.02', '']
PRES = ['', 'a', 'a0', 'a1', '.a.1', '-alpha-1', '_b_2', 'beta2', 'rc1', 'c1', 'RC10', 'pre3', '-preview_4',
        'a01', 'b', 'a-', 'x1', 'a18446744073709551617', 'alpha.beta']
POSTS = ['', '.post1', 'post', '-1', '.rev2', 'r3', '-r4', '_post_5', '.post.6', '-', '.post01', '-01', '--1']
DEVS = ['', '.dev1', 'dev', '-dev2', '_DEV_3', '.dev.4', 'dev0', '.devel']
LOCALS = ['', '+1', '+abc', '+ABC', '+abc.1', '+abc-2', '+ubuntu_3', '+1.2', '+01', '+1a', '+', '+a..b', '+a.',
          '+é', '+18446744073709551617', '+abc.1.2']


def random_version(tidy=False):
    def pick(choices):
        return random.choice(choices) if random.random() < 0.45 else choices[0]
    text = random.choice(RELEASES[:-1]) + pick(PRES) + pick(POSTS) + pick(DEVS) + pick(LOCALS)
    if tidy:
        return text
    around = random.random()
    if around < 0.05:
        text = 'v' + text
    elif around < 0.08:
        text = ' ' + text + ' '
    elif around < 0.10:
        text = text.upper()
    elif around < 0.13:
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice('.-_+!*a1 vé/') + text[at:]
    return text


def parsed(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None


def versions():
    texts = shuffled((random_version() for _ in range(2500)), 1200) + [
        '', ' ', 'v', 'v1', 'vv1', '1.', '.1', '1..0', '1.0a.dev1', '1.0a-1', '1.0a--1', '1.0a-post1', '1.0-', '1!',
        '!1', '1!!1', '1.0+a+b', '1.0dev1.post1', '1.0post1a1', '1.0a1b1', '1e5', '٣', '1.0.*', 'latest', '1.0\x0b']
    yield from ((text, 'yes' if parsed(text) else 'no') for text in texts)
    good = [text for text in texts if parsed(text)]
    for _ in range(3000):
        a, b = random.sample(good, 2)
        if random.random() < 0.5:
            stem = random.choice(RELEASES[:7])
            near = [stem + suffix for suffix in random.sample(
                ['', 'a1', 'a2', 'b1', 'rc1', '.post1', '.post2', '.dev1', 'a1.dev1', 'a1.post1', '.post1.dev2', '+a', '+1',
                 '+a.1', 'a1+x', '.0', '.0.0', '.1'], 2)]
            a, b = near if all(map(parsed, near)) else (a, b)
        x, y = Version(a), Version(b)
        yield a, '<' if x < y else '>' if x > y else '=', b


# --- Specifiers -------------------------------------------------------------

def specifiers():
    seen = set()
    while len(seen) < 4000:
        op = random.choice(['==', '!=', '<=', '>=', '<', '>', '~=', '===', '=', '', '=>', '<>'][:8 if random.random() < .95 else 12])
        limit = random_version(random.random() < 0.9)
        if op in ('==', '!=') and random.random() < 0.4 or random.random() < 0.02:
            limit = random.choice(RELEASES) + '.*'
        if random.random() < 0.6:
            base = limit.split('+')[0].removesuffix('.*')
            version = base + random.choice(['', '', '.1', 'a1', '.post1', '.dev1', '+local', '.0', '.post1+x'])
        else:
            version = random_version(True)
        text = op + random.choice(['', '', '', ' ']) + limit
        if not parsed(version) and random.random() < 0.9:
            continue
        try:
            has = '01'[Specifier(text).contains(version, prereleases=True)]
        except InvalidSpecifier:
            has = 'invalid'
            if random.random() < 0.8:
                continue
        seen.add((text, version, has))
    yield from sorted(seen)
    for text in ['', ',', '>=3.8,', '>=3.8,<4', '>=3.8,!=3.9.*,<3.12', '>=3.8,,<4', ' >= 3.8 , < 4 ', '>=3.8 <4', '==3.*',
                 '~=3.8', '>=3.11,===3.11.2', '>3', '3.8', '>=3.8;']:
        for version in ['3.7', '3.8.0', '3.9.1', '3.11.2', '3.15.0a1', '3.13.0+local', '4']:
            try:
                has = '01'[SpecifierSet(text).contains(version, prereleases=True)]
            except InvalidSpecifier:
                has = 'invalid'
            yield 'set:' + text, version, has


# --- Markers ----------------------------------------------------------------

KEYS = ['os_name', 'sys_platform', 'platform_machine', 'platform_python_implementation', 'platform_release',
        'platform_system', 'platform_version', 'python_version', 'python_full_version', 'implementation_name',
        'implementation_version']
ENVIRONMENTS = [
    ['posix', 'linux', 'x86_64', 'CPython', '6.18.44-fc-v595', 'Linux', '#1 SMP PREEMPT_DYNAMIC Debian 6.1', '3.11',
     '3.11.7', 'cpython', '3.11.7'],
    ['posix', 'linux', 'aarch64', 'CPython', '6.1.0', 'Linux', '#3 on degas', '3.15', '3.15.0a1', 'cpython', '3.15.0a1'],
    ['posix', 'darwin', 'arm64', 'PyPy', '23.1.0', 'Darwin', 'Darwin Kernel Version 23.1.0: root', '3.9', '3.9.18', 'pypy',
     '7.3.13'],
    ['nt', 'win32', 'AMD64', 'CPython', '10', 'Windows', '(10.0.19041)', '3.13', '3.13.0+', 'cpython', '3.13.0'],
    ['posix', 'linux', 'riscv64', 'GraalVM', '', 'Linux', '', '3.8', '3.8.0', 'graalpy', '24.0.1'],
]
SETS = [([], []), (['cli'], []), (['cli', 'web-ui'], ['dev']), ([], ['default', 'test']), (['a-b'], ['a-b', 'docs'])]
WORDS = ['posix', 'nt', 'linux', 'win', 'win32', 'darwin', 'x86_64', 'AMD64', 'arm64', 'CPython', 'cpython', 'PyPy', 'Linux',
         '', '3', '3.8', '3.11', '3.9.*', '3.10 3.11', 'linux darwin', '6.1', '20', '6.1.0', '7.3', '10', '3.15.0a1',
         '#3', 'Debian', '3.8,3.9', "it's", 'é']
OPS = ['==', '!=', '<', '<=', '>', '>=', '~=', '===', 'in', 'not in']
SET_WORDS = ['cli', 'CLI', 'web_ui', 'Web.UI', 'dev', 'test', 'default', 'a-b', 'A__B', 'docs', 'none', '']


def quoted(text):
    quote = random.choice([q for q in '\'"' if q not in text])
    return quote + text + quote


def random_comparison():
    kind = random.random()
    if kind < 0.2:
        return f'{quoted(random.choice(SET_WORDS))} {random.choice(["in", "not in"])} ' \
               f'{random.choice(["extras", "dependency_groups"])}'
    if kind < 0.6:
        key = random.choice(['python_version', 'python_full_version', 'implementation_version', 'platform_release'])
        word = random.choice(WORDS) if random.random() < 0.3 else random.choice(
            ['3.8', '3.9', '3.10', '3.11', '3.11.7', '3.13', '3.15', '3.15.0a1', '3.*', '3.11.*', '4', '7.3', '3.13.0+local', '2.7'])
    else:
        key = random.choice(KEYS)
        word = random.choice(WORDS)
    if random.random() < 0.08:
        key = {'os_name': 'os.name', 'sys_platform': 'sys.platform', 'platform_machine': 'platform.machine',
               'platform_version': 'platform.version',
               'platform_python_implementation': random.choice(['python_implementation', 'platform.python_implementation'])
               }.get(key, key)
    op = random.choice(OPS)
    sides = [key, quoted(word)]
    if random.random() < 0.25:
        sides.reverse()
    blank = random.choice(['', ' ', ' ', '  ', '\v' if random.random() < 0.01 else ' '])
    if op[0].isalpha():
        blank = blank or ' '
    return f'{sides[0]}{blank}{op}{blank}{sides[1]}'


def random_marker(depth=0):
    n = random.choice([1, 1, 1, 2, 2, 3])
    parts = []
    for _ in range(n):
        if depth < 3 and random.random() < 0.2:
            parts.append('(' + random_marker(depth + 1) + ')')
        else:
            parts.append(random_comparison())
    text = parts[0]
    for part in parts[1:]:
        text += f' {random.choice(["and", "or"])} {part}'
    return text


def damaged(text):
    at = random.randrange(len(text) + 1)
    kind = random.random()
    if kind < 0.4:
        return text[:at] + text[at + 1:]
    if kind < 0.7:
        return text[:at] + random.choice(['(', ')', "'", '"', ' and ', ' or ', 'extra', 'x', '=', '_', ' not ', ';', ',']) + text[at:]
    return text[:at]


def comparisons_of(markers):
    for item in markers:
        if isinstance(item, list):
            yield from comparisons_of(item)
        elif isinstance(item, tuple):
            yield item


def is_left_out(text, environment):
    """Where packaging is not the specification, or that leaves it open."""
    try:
        marker = Marker(text)
    except InvalidMarker:
        return '\\' in text
    for left, op, right in comparisons_of(marker._markers):
        names = [side.value for side in (left, right) if type(side).__name__ == 'Variable']
        # It takes the name of the second for its value, or a text for a name.
        if len(names) != 1:
            return True
        if names[0] == 'extra':
            continue
        # What has no meaning is false by the specification, an error to packaging.
        if names[0] in ('extras', 'dependency_groups'):
            if op.value not in ('in', 'not in') or type(left).__name__ == 'Variable':
                return True
            continue
        # Two rules for what is not a version: false, and that of texts.
        values = [environment[side.value] if type(side).__name__ == 'Variable' else side.value for side in (left, right)]
        is_version = names[0] in ('python_version', 'python_full_version', 'implementation_version', 'platform_release')
        if is_version and op.value == '!=' and not parsed(values[0]):
            return True
        # The specification lets both be ==, packaging refuses them.
        if op.value in ('~=', '===') and not is_version:
            return True
        if is_version and op.value == '~=' and not parsed(values[0]) :
            return True
        # A version on both sides, if there is one.
        if names[0] == 'platform_version' and all(map(parsed, values)):
            return True
        # What the interpreter does not tell is 0 for a version, "" for others.
        if is_version and names[0] != 'platform_release' and '' in values:
            return True
        # A version compares as one, in whatever order that is written.
        if is_version and op.value == '===' and not all(map(parsed, values)):
            return True
    return False


def markers():
    for i, values in enumerate(ENVIRONMENTS):
        yield 'environment', str(i), *values
    for i, (extras, groups) in enumerate(SETS):
        yield 'sets', str(i), ' '.join(extras), ' '.join(groups)
    seen = set()
    while len(seen) < 4000:
        text = random_marker()
        if random.random() < 0.25:
            text = damaged(text)
        if '\t' in text or '\\' in text:
            continue
        which, sets = random.randrange(len(ENVIRONMENTS)), random.randrange(len(SETS))
        environment = dict(zip(KEYS, ENVIRONMENTS[which]))
        environment.update(extras=frozenset(SETS[sets][0]), dependency_groups=frozenset(SETS[sets][1]))
        if is_left_out(text, environment):
            continue
        try:
            holds = '01'[Marker(text).evaluate(environment, context='lock_file')]
        except (InvalidMarker, UndefinedEnvironmentName):
            holds = 'error'
        except UndefinedComparison:
            continue
        seen.add((str(which), str(sets), text, holds))
    yield from (('marker', *row) for row in sorted(seen))
    for depth in (199, 200, 201):
        text = '(' * depth + "os_name == 'posix'" + ')' * depth
        try:
            Marker(text)
            yield 'marker', '0', '0', text, '1'
        except InvalidMarker:
            yield 'marker', '0', '0', text, 'error'


# --- Tags -------------------------------------------------------------------

def manylinux(arch, minor, oldest):
    legacy = {17: 'manylinux2014', 12: 'manylinux2010', 5: 'manylinux1'}
    for n in range(minor, oldest - 1, -1):
        yield f'manylinux_2_{n}_{arch}'
        if n in legacy:
            yield f'{legacy[n]}_{arch}'


def platforms_of(machine, libc, minor):
    yield f'linux_{machine}'
    if libc == 'glibc':
        yield from manylinux(machine, minor, 5 if machine == 'x86_64' else 17)
    elif libc == 'musl':
        yield from (f'musllinux_1_{n}_{machine}' for n in range(minor, -1, -1))


# implementation, minor version, abiflags, machine, libc, its minor version
PYTHONS = [
    ('cpython', 11, '', 'x86_64', 'glibc', 36), ('cpython', 13, '', 'x86_64', 'glibc', 41),
    ('cpython', 13, 't', 'x86_64', 'glibc', 39), ('cpython', 14, 't', 'aarch64', 'glibc', 28),
    ('cpython', 12, '', 'aarch64', 'musl', 2), ('cpython', 8, '', 's390x', 'glibc', 31),
    ('cpython', 15, '', 'riscv64', 'glibc', 42), ('cpython', 10, '', 'ppc64le', 'musl', 1),
]


def tags_of(implementation, minor, flags, machine, libc, libc_minor):
    platforms = list(platforms_of(machine, libc, libc_minor))
    yield from tags.cpython_tags((3, minor), abis=[f'cp3{minor}{flags}'], platforms=platforms)
    yield from tags.compatible_tags((3, minor), interpreter=f'cp3{minor}', platforms=platforms)


def random_sets(all_tags):
    """Three compressed sets, mostly around tags that are there."""
    tag = random.choice(all_tags)
    kinds = [[tag.interpreter], [tag.abi], [tag.platform]]
    others = [['py2', 'py3', 'cp39', 'cp311', 'cp313', 'pp39', 'cp27'], ['none', 'abi3', 'abi3t', 'cp311', 'cp313t', 'cp27mu'],
              ['any', 'win_amd64', 'macosx_11_0_arm64', 'manylinux2014_x86_64', 'manylinux_2_17_x86_64',
               'musllinux_1_1_aarch64', 'linux_x86_64', 'manylinux_2_28_aarch64']]
    for kind, other in zip(kinds, others):
        if random.random() < 0.35:
            kind += random.sample(other, random.choice([1, 1, 2]))
        if random.random() < 0.15:
            kind[:] = random.sample(other, 1)
        random.shuffle(kind)
    sets = '-'.join('.'.join(dict.fromkeys(kind)) for kind in kinds)
    return sets.upper() if random.random() < 0.03 else sets


def tag_vectors():
    for which, python in enumerate(PYTHONS):
        all_tags = list(dict.fromkeys(tags_of(*python)))
        ranks = {tag: rank for rank, tag in enumerate(all_tags)}
        digest = hashlib.sha256(''.join(f'{tag}\n' for tag in all_tags).encode()).hexdigest()
        yield ('python', str(which), *map(str, python), str(len(all_tags)), digest)
        for _ in range(350):
            rows = list(dict.fromkeys(random_sets(all_tags) for _ in range(random.choice([1, 2, 3, 5]))))
            found = []
            for sets in rows:
                _, _, _, their = parse_wheel_filename(f'a-1-{sets}.whl')
                found.append(min((ranks[tag] for tag in their if tag in ranks), default=-1))
            fits = [rank for rank in found if rank >= 0]
            # Between equals, packaging takes the first: the build tag is for test-lock.c.
            if len(set(fits)) != len(fits):
                continue
            best = found.index(min(fits)) if fits else -1
            yield 'wheels', str(which), str(best), ' '.join(rows), ' '.join(map(str, found))


def wheel_names():
    """Which names of wheels can be read at all."""
    names = ['a', 'A', 'a_b', 'a.b', 'a__b', 'a-b', 'Foo.Bar_baz', '_a', '', 'a b', '1a']
    rest = ['1-py3-none-any', '1.0-py2.py3-none-any', '1.0-1-py3-none-any', '1.0-1abc-py3-none-any', '1.0-x1-py3-none-any',
            '1.0-0-py3-none-any', '1.0-py3-none', '1.0-1-2-py3-none-any', 'x-py3-none-any', '1.0+local.1-py3-none-any', '1_0-py3-none-any',
            '1.0-py3--any', '1.0-py3-none-', '1.0-py3..py2-none-any', '1!2.0-py3-none-any', '1.0.post1-py3-none-any', '-py3-none-any',
            '1.0--py3-none-any', '1.0-1_a-py3-none-any']
    for name, tail, suffix in itertools.product(names, rest, ['.whl', '.zip']):
        if suffix == '.zip' and tail != rest[0]:
            continue
        text = f'{name}-{tail}{suffix}'
        try:
            project, version, build, _ = parse_wheel_filename(text)
            yield text, project, str(version), '.'.join(map(str, build))
        except ValueError:
            yield text, '-', '-', '-'


def main(directory):
    if Version(packaging.__version__) < Version('26.3'):
        sys.exit('make-vectors.py: packaging 26.3 or newer is needed')
    for name, rows in (('versions', versions), ('specifiers', specifiers), ('markers', markers),
                       ('tags', tag_vectors), ('wheel-names', wheel_names)):
        random.seed(name)
        write(directory, f'{name}.tsv', rows())


if __name__ == '__main__':
    main(*sys.argv[1:])
