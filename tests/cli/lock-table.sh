# shellcheck shell=bash
# Each lock of the tables in tests/locks, and what comes of it.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

tool=$builddir/tests/lock-select
[ -x "$tool" ] || skip_all 'built without toml++'
export VENVB_MODULE_DIR=$builddir/lock/.libs

# Makes a directory of each: the file, "args", "expected", "label" and "dir".
cat >split.py <<'END'
import os, re, sys
SHORT = {
    'HEAD': 'lock-version = "1.0"\ncreated-by = "test"',
    'PKG': '[[packages]]\nname = "{0}"\nversion = "{1}"',
    'WHEEL': '[[packages.wheels]]\nname = "{0}"\nurl = "https://files.invalid/{0}"\nhashes = {{sha256 = "%SHA"}}',
}

def written_out(line):
    word = line[1:].split(' ')[0] if line.startswith('%') else ''
    return SHORT[word].format(*line.split(' ')[1:]) if word in SHORT else line

number = 0
for table in sys.argv[1:]:
    name = 'requirements.txt' if 'requirements' in table else 'pylock.toml'
    with open(table, encoding='utf-8') as file:
        cases = re.split(r'^=== ', file.read(), flags=re.M)[1:]
    for case in cases:
        head, _, expected = case.partition('\n---\n')
        label, *lines = head.split('\n')
        keys = {'by': '', 'file': name, 'with': ''}
        while lines and re.match('(by|file|with): ', lines[0]):
            key, _, keys[key] = lines.pop(0).partition(': ')
        assert keys['by'], label
        where = f'case-{number:03}'
        number += 1
        os.mkdir(where)
        text = '\n'.join(map(written_out, lines)).replace('%SHA', '0' * 64).replace('%CR', '\r') + '\n'
        for what, content in ((keys['file'], text), ('args', keys['with']), ('name', keys['file']),
                              ('expected', expected.strip('\n')), ('label', f'{label} ({keys["by"]})')):
            with open(f'{where}/{what}', 'w', encoding='utf-8') as out:
                out.write(content)
END
python3 split.py "$srcdir"/tests/locks/*.table || { echo 'Bail out! the tables can not be read'; exit 1; }

for case in case-*; do
  read -ra args <"$case/args" || :
  said=$(cd "$case" && { "$tool" "${args[@]}" "$(cat name)" 2>error; sed 's/^lock-select: /error /' error; })
  is "$(cat "$case/label")" "$said" "$(cat "$case/expected")"
done

all=(case-*)
check "there are more than a hundred locks (${#all[@]})" test "${#all[@]}" -gt 100
check 'each refusal is one line that names the file' sh -c '
  ! grep -hE "^(refuse|error) " case-*/expected | grep -vE "^(refuse|error) (pylock|Pylock|lock|requirements)[^ ]*: .*"'
finish
