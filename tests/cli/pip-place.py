# SPDX-License-Identifier: BSD-2-Clause
"""What the pip of this Python can be told, and what stages/run-pip.py makes of it.

    pip-place.py RUN-PIP options   the long names of all options of "pip install", and
                                   of pip itself, each with its class: kept, left-out
                                   or UNKNOWN
    pip-place.py RUN-PIP same      what pip takes from its files and variables, with
                                   run-pip.py and without: a line for each option that
                                   is kept and differs
"""

import importlib.util
import os
import sys


def load(path):
    spec = importlib.util.spec_from_file_location('run_pip', path)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def parsers():
    """A new one each time, since it reads its files once."""
    from pip._internal import commands
    if hasattr(commands, 'create_command'):
        install = commands.create_command('install')
    else:
        install = commands.commands_dict['install']()
    try:
        from pip._internal.cli.main_parser import create_main_parser
    except ImportError:
        from pip._internal import create_main_parser
    return install.parser, create_main_parser()


def options(parser):
    found = list(parser.option_list)
    for group in parser.option_groups:
        found += group.option_list
    return found


def names(option):
    return [name[2:] for name in option._long_opts]


def tell_options(run_pip):
    both = run_pip.KEPT & run_pip.LEFT_OUT
    for name in sorted({n for parser in parsers() for o in options(parser) for n in names(o)}):
        kind = 'BOTH' if name in both else 'kept' if name in run_pip.KEPT else \
            'left-out' if name in run_pip.LEFT_OUT else 'UNKNOWN'
        takes = any(name in names(o) and o.takes_value() for p in parsers() for o in options(p))
        print(name, kind, 'value' if takes else 'flag')


def values(read):
    parser = parsers()[0]
    parser.process_default_values = read
    found = parser.get_default_values()
    return {names(o)[0]: getattr(found, o.dest) for o in options(parser)
            if names(o) and o.dest is not None}


def tell_same(run_pip):
    untold = values(False)
    before = values(True)
    run_pip.settle()
    after = values(True)
    # What is set for every run.
    ours = {'no-input', 'no-color', 'disable-pip-version-check'}
    for name in sorted(before):
        if name in run_pip.KEPT - ours and repr(before[name]) != repr(after[name]):
            print('%s: %r, not %r' % (name, after[name], before[name]))
        if name in run_pip.LEFT_OUT and (after[name] or None) != (untold[name] or None):
            print('%s: %r' % (name, after[name]))
    print('end')


def main():
    run_pip = load(sys.argv[1])
    {'options': tell_options, 'same': tell_same}[sys.argv[2]](run_pip)


main()
