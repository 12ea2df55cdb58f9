"""Writes the plan of an environment for `floor`.

    plan.py ENV_DIR WAY > PLAN

WAY says how to get the files of site-packages: `link` or `copy`, from ENV_DIR.
All others are written, and so are those that an installer writes anew for each
environment."""
import os
import sys

WRITTEN = {'RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json'}
LETTER = {'link': 'h ', 'copy': 'c '}


def words(env_dir, way):
    for root, dirs, files in os.walk(env_dir):
        dirs.sort()
        relative = os.path.relpath(root, env_dir)
        if relative != '.':
            yield 'd ' + relative
        turned = False
        for name in sorted(files + [d for d in dirs if is_link(root, d)]):
            path = os.path.join(root, name)
            relative = os.path.relpath(path, env_dir)
            if os.path.islink(path):
                yield 'l ' + relative
                yield os.readlink(path)
            elif is_written(relative):
                yield 'w ' + relative
                with open(path, encoding='utf-8', newline='') as file:
                    yield file.read()
            else:
                if not turned:
                    yield 'o ' + os.path.dirname(relative)
                    yield os.path.abspath(root)
                    turned = True
                yield LETTER[way] + name
                yield name


def is_link(root, name):
    return os.path.islink(os.path.join(root, name))


def is_written(relative):
    return ('site-packages' not in relative
            or '.dist-info' in relative and os.path.basename(relative) in WRITTEN)


def main():
    for word in words(sys.argv[1], sys.argv[2]):
        sys.stdout.buffer.write(os.fsencode(word) + b'\0')


main()
