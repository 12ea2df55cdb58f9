#!/usr/bin/env python3
# Compares what README.md says of speed with docs/bench.md, which `make bench` writes.
#
#   figures.py README BENCH

import re
import sys

with open(sys.argv[1]) as file:
    readme = file.read()
with open(sys.argv[2]) as file:
    bench = file.read()

failed = []
n = 0


def check(what, said, measured, tolerance=0.05):
    global n
    n += 1
    ok = abs(said - measured) <= tolerance * measured
    print('%sok %d - %s' % ('' if ok else 'not ', n, what))
    if not ok:
        print('# README says %g, docs/bench.md %g' % (said, measured))


def number(text):
    return float(re.search(r'[\d,]+(?:\.\d+)?', text).group().replace(',', ''))


def cells(line):
    return [cell.strip() for cell in line.strip().strip('|').split('|')]


# The table of ext4: (what, program) -> (milliseconds, to venvb, MiB).
measured, what = {}, ''
for line in bench.split('## ext4')[1].split('\n## ')[0].splitlines():
    row = cells(line)
    if len(row) == 7 and re.search(r' ms$', row[3]):
        what = row[0] or what
        measured[what, row[1]] = number(row[3]), number(row[4]), number(row[6])
WARM, COLD, PLUGINS = 'pip, warm cache', 'pip, cold cache', 'no pip, plugins that do nothing'
OWN_BYTE_CODE = 'uv venv; uv pip install --compile-bytecode'
links, copies = measured[WARM, 'venvb'][0], measured[WARM, 'venvb --link-mode=copy'][0]

first = re.findall(r'^\| `([^`]+)` \| ([\d.,]+ ms) \|', readme, re.M)
if len(first) < 5:
    sys.exit('the table on the first page is not found')
for program, time in first:
    check('the first page, %s' % program, number(time), measured[WARM, program][0], 0)

# The columns of the table below are bare system calls, python -m venv, virtualenv and uv.
rows = {
    'without pip': ('no pip', 'venvb', ('bare system calls', 'python -m venv', 'virtualenv',
                                         'uv venv')),
    'with pip, compiled, cache warm': (WARM, 'venvb', ('bare system calls', 'python -m venv',
                                                       'virtualenv', OWN_BYTE_CODE)),
    'the same, nothing shared': (WARM, 'venvb --link-mode=copy',
                                 ('bare system calls, copying', 'python -m venv', 'virtualenv',
                                  None)),
    'with pip, not compiled, cache warm': (WARM, 'venvb --no-compile',
                                           (None, None, 'virtualenv', 'uv venv --seed')),
    'with pip, compiled, cache cold': (COLD, 'venvb', (None, 'python -m venv', 'virtualenv',
                                                       OWN_BYTE_CODE)),
}
for name, (what, program, others) in rows.items():
    row = cells(re.search(r'^\| %s \|.*$' % re.escape(name), readme, re.M).group())
    time = measured[what, program][0]
    check('%s: venvb' % name, number(row[1]), time, 0)
    for cell, other in zip(row[2:], others):
        if other is None:
            continue
        quotient = measured[what, other][0] / time
        if program == 'venvb':
            quotient = measured[what, other][1]
        check('%s: %s' % (name, other), number(cell), quotient)

check("virtualenv's symbolic links", number(re.search(r'\(([\d.]+) x venvb', readme).group(1)),
      measured[WARM, 'virtualenv --symlink-app-data'][1])
check("root's copies", number(re.search(r'copies, ([\d.]+) times', readme).group(1)),
      copies / links)
check('fifty plugins', number(re.search(r'do nothing take ([\d.]+) ms', readme).group(1)),
      measured[PLUGINS, 'venvb, 50 more plugins'][0] - measured[PLUGINS, 'venvb'][0])
check('peak memory', number(re.search(r'Peak memory is ([\d.]+) MiB', readme).group(1)),
      max(measured[key][2] for key in measured
          if key[1].startswith('venvb') and key[0] == WARM), 0)
print('1..%d' % n)
