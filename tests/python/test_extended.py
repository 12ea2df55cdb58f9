# SPDX-License-Identifier: BSD-2-Clause
"""A builder in the manner of the one in Python's documentation of venv.

It takes settings of its own out of the keywords, installs things after the setup by
programs that it fetches, and tells line by line what they write, from threads.  Only the
import says that it is venvb's.
"""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

import tap
import venvb as venv


class ExtendedEnvBuilder(venv.EnvBuilder):
    """Runs a fetched program in each environment, but for those that are left out."""

    def __init__(self, *args, **kwargs):
        self.urls = kwargs.pop("urls")
        self.left_out = kwargs.pop("left_out", ())
        self.progress = kwargs.pop("progress", None)
        self.verbose = kwargs.pop("verbose", False)
        super().__init__(*args, **kwargs)

    def post_setup(self, context):
        os.environ["VIRTUAL_ENV"] = context.env_dir
        for name, url in self.urls.items():
            if name not in self.left_out:
                self.install(context, name, url)

    def tell(self, stream, source):
        for line in iter(stream.readline, b""):
            if self.progress is not None:
                self.progress(line.decode(), source)
            elif self.verbose:
                sys.stderr.write(line.decode())
        stream.close()

    def install(self, context, name, url):
        script = os.path.join(context.bin_path, os.path.basename(urllib.parse.urlparse(url).path))
        urllib.request.urlretrieve(url, script)
        if self.progress is not None:
            self.progress("installing " + name, "main")
        program = subprocess.Popen(
            [context.env_exe, os.path.basename(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=context.bin_path,
        )
        readers = [
            threading.Thread(target=self.tell, args=(program.stdout, "stdout")),
            threading.Thread(target=self.tell, args=(program.stderr, "stderr")),
        ]
        for reader in readers:
            reader.start()
        program.wait()
        for reader in readers:
            reader.join()
        os.unlink(script)
        if program.returncode != 0:
            raise subprocess.CalledProcessError(program.returncode, name)


PROGRAM = """\
import os, sys
print("for", sys.prefix)
print("careful", file=sys.stderr)
open(os.path.join(sys.prefix, "%s-was-here"), "w").close()
sys.exit(%d)
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Extended(unittest.TestCase):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        served = os.path.join(self.top, "served")
        os.mkdir(served)
        for name, status in (("one", 0), ("two", 0), ("bad", 3)):
            with open(os.path.join(served, "get-%s.py" % name), "w") as file:
                file.write(PROGRAM % (name, status))
        handler = functools.partial(Quiet, directory=served)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/get-%%s.py" % server.server_port
        self.addCleanup(os.environ.pop, "VIRTUAL_ENV", None)
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                self.addCleanup(os.environ.__setitem__, name, os.environ.pop(name))
        self.dir = os.path.join(self.top, "env")

    def builder(self, names, **settings):
        urls = {name: self.url % name for name in names}
        return ExtendedEnvBuilder(urls=urls, **settings)

    def test_all(self):
        lines = []
        builder = self.builder(
            ["one", "two", "bad"],
            left_out=["bad"],
            with_pip=True,
            symlinks=True,
            prompt="mine",
            progress=lambda line, source: lines.append((source, line.strip())),
        )
        builder.create(self.dir)
        self.assertTrue(os.path.exists(os.path.join(self.dir, "one-was-here")))
        self.assertTrue(os.path.exists(os.path.join(self.dir, "two-was-here")))
        self.assertEqual([line for line in lines if line[0] == "main"],
                         [("main", "installing one"), ("main", "installing two")])
        self.assertEqual(lines.count(("stdout", "for " + self.dir)), 2)
        self.assertEqual(lines.count(("stderr", "careful")), 2)
        self.assertTrue(os.path.exists(os.path.join(self.dir, "bin", "pip")))

    def test_one_that_fails(self):
        builder = self.builder(["one", "bad"])
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            builder.create(self.dir)
        self.assertEqual((caught.exception.returncode, caught.exception.cmd), (3, "bad"))
        self.assertFalse(os.path.exists(self.dir))

    def test_not_served(self):
        builder = self.builder(["nosuch"])
        with self.assertRaises(urllib.error.HTTPError):
            builder.create(self.dir)
        self.assertFalse(os.path.exists(self.dir))


if __name__ == "__main__":
    tap.main()
