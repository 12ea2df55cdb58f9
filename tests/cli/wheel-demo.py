# SPDX-License-Identifier: BSD-2-Clause
"""Writes a wheel with something of everything.

usage: wheel-demo.py DIR
"""
import base64
import csv
import hashlib
import io
import os
import sys
import zipfile

INFO, DATA = 'demo-1.0.dist-info/', 'demo-1.0.data/'
FILES = {
    'demo/__init__.py': 'def main():\n    print("demo runs")\n\n\nclass Window:\n'
                        '    def show():\n        print("window opens")\n',
    'demo/bad.py': 'def\n',
    'demo/sub/deep/tool.sh': '#!/bin/sh\n',
    'demo/r\u00e9sum\u00e9, "quoted".txt': 'text\n',
    'demo.pth': '# nothing\n',
    DATA + 'purelib/demo/more.py': 'MORE = 1\n',
    DATA + 'platlib/demo_plat.py': 'PLAT = 1\n',
    DATA + 'headers/demo.h': '#pragma once\n',
    DATA + 'scripts/hello': '#!python\nprint("hello")\n',
    DATA + 'scripts/hello-gui': '#!pythonw -E\nprint("hello")\n',
    DATA + 'scripts/plain': '#!/bin/sh\necho plain\n',
    DATA + 'data/share/demo/table.csv': 'a,b\n',
    DATA + 'data/etc/demo.conf': 'x = 1\n',
    INFO + 'METADATA': 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n',
    INFO + 'WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n'
                    'Tag: py3-none-any\n',
    INFO + 'entry_points.txt': '# a comment\n[console_scripts]\ndemo = demo:main\n'
                               'd\u00e9mo = demo:main [extra]\n\n[gui_scripts]\n'
                               'demo-window = demo:Window.show\n[demo.plugins]\nx = y\n',
    INFO + 'licenses/LICENSE': 'none\n',
}
EXECUTABLE = ('demo/sub/deep/tool.sh', DATA + 'scripts/hello', DATA + 'scripts/hello-gui',
              DATA + 'scripts/plain')


def main():
    out, rows = io.StringIO(), []
    path = os.path.join(sys.argv[1], 'demo-1.0-py3-none-any.whl')
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, text in FILES.items():
            data = text.encode()
            value = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
            rows.append([name, 'sha256=' + value.rstrip('='), len(data)])
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o100755 if name in EXECUTABLE else 0o100644) << 16
            archive.writestr(info, data)
        csv.writer(out, lineterminator='\n').writerows(rows + [[INFO + 'RECORD', '', '']])
        archive.writestr(INFO + 'RECORD', out.getvalue())


main()
