# SPDX-License-Identifier: BSD-2-Clause
"""What a subclass of venvb.EnvBuilder can do, and what comes of what it raises."""

import colorsys
import importlib
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest
import venv
from unittest import mock

import tap
import venvb

#: The methods that take the context, in the order in which they are called.
STEPS = ["create_configuration", "setup_python", "_setup_pip", "setup_scripts", "post_setup"]


def tree(directory):
    """All there is to know of a directory, to be compared."""
    found = {}
    for root, dirs, files in os.walk(directory):
        for name in dirs + files:
            path = os.path.join(root, name)
            st = os.lstat(path)
            content = ""
            if os.path.islink(path):
                content = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    content = file.read()
            found[os.path.relpath(path, directory)] = (st.st_mode, st.st_mtime_ns, content)
    return found


class Case(unittest.TestCase):
    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        self.dir = os.path.join(self.top, "env")

    def read(self, *names):
        with open(os.path.join(self.dir, *names), encoding="utf-8") as file:
            return file.read()

    def assert_works(self):
        python = os.path.join(self.dir, "bin", "python")
        out = subprocess.check_output([python, "-c", "import sys; print(sys.prefix)"])
        self.assertEqual(os.fsdecode(out).strip(), self.dir)

    def assert_undone(self, exception, create):
        """create() raises the very exception, or one of a class; all is as before."""
        for before in ({}, None):
            if before is None:
                venvb.create(self.dir)
                os.mkdir(os.path.join(self.dir, "own"))
                with open(os.path.join(self.dir, "own", "file"), "w") as file:
                    file.write("mine")
                before = tree(self.dir)
            kind = exception if isinstance(exception, type) else type(exception)
            with self.assertRaises(kind) as caught:
                create()
            if not isinstance(exception, type):
                self.assertIs(caught.exception, exception)
            after = tree(self.dir)
            different = [n for n in {**before, **after} if before.get(n) != after.get(n)]
            self.assertEqual([(n, before.get(n), after.get(n)) for n in different], [])
            self.assertEqual(os.path.exists(self.dir), bool(before))
            self.assertEqual([n for n in os.listdir(self.top) if n != "env"], [])


class Overridden(Case):
    def test_super_in_all(self):
        log = []

        def method(name):
            def call(self, context):
                log.append(name)
                getattr(super(Builder, self), name)(context)
                log.append("/" + name)

            return call

        Builder = type("Builder", (venvb.EnvBuilder,), {name: method(name) for name in STEPS})
        Builder(with_pip=True, symlinks=True).create(self.dir)
        self.assertEqual(log, [w for name in STEPS for w in (name, "/" + name)])
        self.assert_works()
        self.assertTrue(os.path.exists(os.path.join(self.dir, "bin", "pip")))

    def test_none_is_native(self):
        class Builder(venvb.EnvBuilder):
            def other(self):
                pass

        with mock.patch("venvb._run.Run.add_hook") as add:
            Builder(with_pip=True).create(self.dir)
        self.assertEqual(add.call_count, 0)

    def test_without_super(self):
        class Builder(venvb.EnvBuilder):
            def setup_scripts(self, context):
                pass

        Builder().create(self.dir)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "bin", "activate")))
        self.assert_works()

    def test_context(self):
        class Builder(venvb.EnvBuilder):
            def ensure_directories(self, env_dir):
                context = super().ensure_directories(env_dir)
                context.own = [env_dir]
                context.prompt = "other"
                return context

            def post_setup(self, context):
                self.context = context

        builder = Builder()
        builder.create(self.dir)
        context = builder.context
        self.assertIsInstance(context, types.SimpleNamespace)
        self.assertEqual(context.own, [self.dir])
        self.assertIn("other", self.read("bin", "activate"))
        theirs = venv.EnvBuilder().ensure_directories(os.path.join(self.top, "their"))
        for name, value in vars(theirs).items():
            if name != "prompt":
                mine = getattr(context, name)
                value = value.replace(os.path.join(self.top, "their"), self.dir)
                self.assertEqual(mine, value.replace("their", "env"), name)
        shutil.rmtree(os.path.join(self.top, "their"))

    def test_own_context(self):
        class Builder(venvb.EnvBuilder):
            def ensure_directories(self, env_dir):
                made = super().ensure_directories(env_dir)
                return types.SimpleNamespace(**dict(vars(made), name="mine"))

            def post_setup(self, context):
                self.seen = context.name

        builder = Builder()
        builder.create(self.dir)
        self.assertEqual(builder.seen, "mine")

    def test_prompt_in_parentheses(self):
        seen = []
        for module in (venv, venvb):

            class Builder(module.EnvBuilder):
                def post_setup(self, context):
                    seen.append(context.prompt)

            Builder(prompt="some").create(self.dir)
        self.assertEqual(seen[0], seen[1])

    def test_settings_while_it_runs(self):
        seen = []

        class Builder(venvb.EnvBuilder):
            def create_configuration(self, context):
                seen.append(self.system_site_packages)
                super().create_configuration(context)

            def setup_python(self, context):
                super().setup_python(context)
                self.with_pip = False

        builder = Builder(system_site_packages=True, with_pip=True)
        builder.create(self.dir)
        self.assertEqual(seen, [False, True])
        self.assertTrue(builder.system_site_packages)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "bin", "pip")))
        self.assertIn("include-system-site-packages = true", self.read("pyvenv.cfg"))

    def test_links(self):
        names = []

        class Builder(venvb.EnvBuilder):
            def symlink_or_copy(self, src, dst, relative_symlinks_ok=False):
                names.append((os.path.basename(dst), relative_symlinks_ok))
                super().symlink_or_copy(src, dst, relative_symlinks_ok)

        Builder(symlinks=True).create(self.dir)
        self.assertEqual(sum(not relative for _, relative in names), 1)
        self.assertEqual({name for name, _ in names}, set(os.listdir(os.path.join(self.dir, "bin"))) & {n for n, _ in names})
        self.assert_works()

    def test_links_by_copying(self):
        class Builder(venvb.EnvBuilder):
            def symlink_or_copy(self, src, dst, relative_symlinks_ok=False):
                shutil.copyfile(src, dst)

        for _ in range(2):
            Builder().create(self.dir)
            self.assert_works()

    def test_scripts(self):
        mine = os.path.join(self.top, "mine", "common")
        os.makedirs(mine)
        with open(os.path.join(mine, "hello"), "w") as file:
            file.write("#!/bin/sh\necho __VENV_OWN__ __VENV_PROMPT__\n")
        os.chmod(os.path.join(mine, "hello"), 0o755)

        class Builder(venvb.EnvBuilder):
            def install_scripts(self, context, path):
                super().install_scripts(context, path)
                super().install_scripts(context, os.path.dirname(mine))

            def replace_variables(self, text, context):
                text = super().replace_variables(text, context)
                return text.replace("__VENV_OWN__", "own")

        Builder(prompt="a $b").create(self.dir)
        hello = os.path.join(self.dir, "bin", "hello")
        self.assertEqual(subprocess.check_output([hello]), b"own a $b\n")
        self.assertTrue(os.path.exists(os.path.join(self.dir, "bin", "activate.fish")))
        venvb.create(self.dir + "2", prompt="a $b")
        with open(os.path.join(self.dir + "2", "bin", "activate")) as file:
            self.assertEqual(file.read().replace(self.dir + "2", self.dir), self.read("bin", "activate"))

    def test_replace_variables_elsewhere(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                self.text = self.replace_variables("__VENV_NAME__", context)

        builder = Builder()
        builder.create(self.dir)
        self.assertEqual(builder.text, "env")

    def test_venvs_own_methods_inside(self):
        class Builder(venvb.EnvBuilder):
            fails = True

            def setup_python(self, context):
                self.symlink_or_copy(context.executable, context.env_exe)
                os.chmod(context.env_exe, 0o755)
                os.symlink(os.path.basename(context.env_exe), os.path.join(context.bin_path, "python")) if not os.path.lexists(os.path.join(context.bin_path, "python")) else None

            def post_setup(self, context):
                self.create_configuration(context)
                if self.fails:
                    raise error

        error = RuntimeError("no luck")
        builder = Builder(prompt="new")
        self.assert_undone(error, lambda: builder.create(self.dir))
        builder.fails = False
        builder.create(self.dir)
        self.assertIn("prompt = 'new'", self.read("pyvenv.cfg"))
        self.assert_works()

    def test_on_the_instance_and_the_class(self):
        builder = venvb.EnvBuilder()
        builder.post_setup = mock.Mock()
        builder.create(self.dir)
        self.assertEqual(builder.post_setup.call_count, 1)
        with mock.patch.object(venvb.EnvBuilder, "post_setup") as patched:
            venvb.EnvBuilder().create(self.dir)
        self.assertEqual(patched.call_count, 1)

    def test_create_inside(self):
        inner = os.path.join(self.dir, "inner")

        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                super().post_setup(context)
                if context.env_dir != inner:
                    self.create(inner)
                    self.seen = context.env_dir

        builder = Builder()
        builder.create(self.dir)
        self.assertEqual(builder.seen, self.dir)
        self.assertTrue(os.path.exists(os.path.join(inner, "pyvenv.cfg")))

    def test_overridden_create(self):
        class Builder(venvb.EnvBuilder):
            def create(self, env_dir):
                super().create(env_dir)
                self.done = True

        builder = Builder()
        builder.create(self.dir)
        self.assertTrue(builder.done)

    def test_steps_by_hand(self):
        builder = venvb.EnvBuilder()
        context = builder.ensure_directories(self.dir)
        builder.create_configuration(context)
        builder.setup_python(context)
        builder.setup_scripts(context)
        self.assert_works()


class Ignored(Case):
    def test_by_name(self):
        class Builder(venvb.EnvBuilder):
            def create_own_ignore_file(self, context):
                with open(os.path.join(context.env_dir, ".ownignore"), "w") as file:
                    file.write("*\n")

            def create_git_ignore_file(self, context):
                super().create_git_ignore_file(context)
                self.git = True

        builder = Builder(scm_ignore_files=["OWN", "git"])
        builder.create(self.dir)
        self.assertTrue(builder.git)
        self.assertEqual(self.read(".ownignore"), "*\n")
        self.assertEqual(self.read(".gitignore").splitlines()[-1], "*")

    def test_replaced(self):
        class Builder(venvb.EnvBuilder):
            def create_git_ignore_file(self, context):
                pass

        Builder(scm_ignore_files=["git"]).create(self.dir)
        self.assertFalse(os.path.exists(os.path.join(self.dir, ".gitignore")))

    def test_unknown(self):
        self.assert_undone(
            AttributeError, lambda: venvb.create(self.dir, scm_ignore_files=["nosuch"])
        )

    def test_by_plugin(self):
        os.mkdir(os.path.join(self.top, ".hg"))
        venvb.create(self.dir, scm_ignore_files=["hg"])
        self.assertFalse(os.path.exists(os.path.join(self.dir, ".gitignore")))
        with open(os.path.join(self.top, ".hg", "hgrc")) as file:
            self.assertIn("ignore", file.read())


class Cleared(Case):
    def test_all_that_is_seen(self):
        error = RuntimeError("no luck")

        class Builder(venvb.EnvBuilder):
            def clear_directory(self, path):
                self.seen = sorted(os.listdir(path))
                venv.EnvBuilder.clear_directory(self, path)

            def setup_scripts(self, context):
                super().setup_scripts(context)
                raise error

        builder = Builder(clear=True)
        self.assert_undone(error, lambda: builder.create(self.dir))
        self.assertIn("own", builder.seen)
        self.assertFalse([name for name in builder.seen if name.startswith(".venvb")])

    def test_some(self):
        class Builder(venvb.EnvBuilder):
            def clear_directory(self, path):
                shutil.move(os.path.join(path, "own"), path + "-own")
                super().clear_directory(path)
                assert not os.path.exists(os.path.join(path, "bin"))
                shutil.move(path + "-own", os.path.join(path, "own"))

        venvb.create(self.dir)
        os.mkdir(os.path.join(self.dir, "own"))
        os.mkdir(os.path.join(self.dir, "other"))
        Builder(clear=True).create(self.dir)
        self.assertTrue(os.path.isdir(os.path.join(self.dir, "own")))
        self.assertFalse(os.path.exists(os.path.join(self.dir, "other")))
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith(".venvb")], [])
        self.assert_works()

    def killed(self, names):
        """Removes some of what an environment has, and is killed.  Returns what it had."""
        venvb.create(self.dir)
        with open(os.path.join(self.dir, "own"), "w") as file:
            file.write("mine")
        before = tree(self.dir)

        class Builder(venvb.EnvBuilder):
            def clear_directory(self, path):
                for name in os.listdir(path) if names is None else names:
                    gone = os.path.join(path, name)
                    if os.path.isdir(gone) and not os.path.islink(gone):
                        shutil.rmtree(gone)
                    else:
                        os.remove(gone)
                os.kill(os.getpid(), signal.SIGKILL)

        pid = os.fork()
        if pid == 0:
            try:
                Builder(clear=True).create(self.dir)
            finally:
                os._exit(1)
        self.assertEqual(os.waitpid(pid, 0)[1], signal.SIGKILL)
        return before

    def test_killed(self):
        error = RuntimeError("no luck")

        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                raise error

        for names in ([], ["own"], ["bin", "own"], ["pyvenv.cfg"], None):
            for clear in (True, False):
                with self.subTest(names=names, clear=clear):
                    self.setUp()
                    before = self.killed(names)
                    with self.assertRaises(RuntimeError):
                        Builder(clear=clear).create(self.dir)
                    after = tree(self.dir)
                    different = [n for n in {**before, **after} if before.get(n) != after.get(n)]
                    self.assertEqual([(n, before.get(n), after.get(n)) for n in different], [])
                    self.assertEqual(os.listdir(self.top), ["env"])

    def test_killed_and_made_anew(self):
        self.killed(None)
        beside = [name for name in os.listdir(self.top) if name != "env"]
        subprocess.check_call([sys.executable, "-m", "venv", "--without-pip", self.dir])
        with self.assertLogs("venvb", logging.WARNING) as logged:
            venvb.create(self.dir)
        self.assertIn(os.path.join(self.top, *beside), logged.output[0])
        self.assertEqual(sorted(os.listdir(self.top)), sorted(["env"] + beside))
        self.assert_works()


class Raised(Case):
    def raising(self, exception, step="post_setup", before=False):
        def call(self, context):
            if not before:
                getattr(super(Builder, self), step)(context)
            raise exception

        Builder = type("Builder", (venvb.EnvBuilder,), {step: call})
        return lambda: Builder(with_pip=step == "_setup_pip").create(self.dir)

    def test_as_it_is(self):
        for exception in (KeyError("x"), SystemExit(3), KeyboardInterrupt(), GeneratorExit()):
            with self.subTest(exception):
                shutil.rmtree(self.dir, ignore_errors=True)
                self.assert_undone(exception, self.raising(exception))

    def test_in_each(self):
        for step in STEPS:
            for before in (True, False):
                with self.subTest(step=step, before=before):
                    shutil.rmtree(self.dir, ignore_errors=True)
                    error = RuntimeError(step)
                    self.assert_undone(error, self.raising(error, step, before))

    def test_further_inside(self):
        error = LookupError("inside")

        class Builder(venvb.EnvBuilder):
            def symlink_or_copy(self, *args, **kwargs):
                raise error

            def setup_python(self, context):
                try:
                    super().setup_python(context)
                except LookupError as caught:
                    self.caught = caught
                    raise

        builder = Builder()
        self.assert_undone(error, lambda: builder.create(self.dir))
        self.assertIs(builder.caught, error)

    def test_caught(self):
        class Builder(venvb.EnvBuilder):
            def replace_variables(self, text, context):
                raise LookupError("inside")

            def setup_scripts(self, context):
                try:
                    super().setup_scripts(context)
                except LookupError:
                    pass

        Builder().create(self.dir)
        self.assert_works()

    def test_interrupted_in_a_method(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(20)

        # Who runs the tests may have it ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        start = time.monotonic()
        self.assert_undone(KeyboardInterrupt, lambda: Builder().create(self.dir))
        self.assertLess(time.monotonic() - start, 15)

    def test_interrupted_natively(self):
        count = []

        def handler(number, frame):
            count.append(number)
            raise error

        error = TimeoutError("late")
        before = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, before)

        def create():
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            venvb.create(self.dir)

        self.assert_undone(error, create)
        self.assertEqual(len(count), 2)
        self.assertIs(signal.getsignal(signal.SIGALRM), handler)

    def test_progress(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                shutil.rmtree(os.path.join(context.lib_path, "pip"))

        lines = []
        os.mkdir(self.dir)
        with open(os.path.join(self.dir, ".gitignore"), "w") as file:
            file.write("mine\n")
        builder = Builder(
            with_pip=True,
            upgrade_deps=True,
            scm_ignore_files=["git"],
            progress=lambda *line: lines.append(line),
        )
        self.assertRaises(venvb.ProgramError, builder.create, self.dir)
        self.assertEqual(lines[0][1], "main")
        self.assertEqual({source for _, source in lines[1:]} - {"main"}, {"stderr"})
        self.assertIn(".gitignore", lines[0][0])
        self.assertIn("No module named pip", lines[-1][0])

    def test_progress_that_raises(self):
        def progress(text, source):
            raise error

        error = RuntimeError("no more")
        venvb.create(self.dir)
        with open(os.path.join(self.dir, ".gitignore"), "w") as file:
            file.write("mine\n")
        before = tree(self.dir)
        builder = venvb.EnvBuilder(scm_ignore_files=["git"], prompt="new", progress=progress)
        with self.assertRaises(RuntimeError) as caught:
            builder.create(self.dir)
        self.assertIs(caught.exception, error)
        self.assertEqual(tree(self.dir), before)

    def test_settings_again(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                raise RuntimeError

        builder = Builder(system_site_packages=True)
        with self.assertRaises(RuntimeError):
            builder.create(self.dir)
        self.assertTrue(builder.system_site_packages)


class Errors(Case):
    def test_path_separator(self):
        for path in (self.dir + ":", os.fsencode(self.dir + ":x")):
            self.assertRaises(ValueError, venvb.create, path)

    def test_in_the_way(self):
        with open(self.dir, "w"):
            pass
        for kind in (OSError, ValueError, venvb.Error):
            self.assertRaises(kind, venvb.create, self.dir)

    def test_reason(self):
        with self.assertRaises(FileNotFoundError) as caught:
            venvb.create("/proc/nosuch/env")
        self.assertIsInstance(caught.exception, venvb.Error)
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((str(again), again.errno), (str(caught.exception), caught.exception.errno))

    def test_program(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                shutil.rmtree(os.path.join(context.lib_path, "pip"))

        with self.assertRaises(subprocess.CalledProcessError) as caught:
            Builder(with_pip=True, upgrade_deps=True).create(self.dir)
        error = caught.exception
        self.assertIsInstance(error, venvb.ProgramError)
        self.assertGreater(error.returncode, 0)
        self.assertTrue(error.cmd)
        self.assertIn("pip", error.output)
        self.assertEqual(str(pickle.loads(pickle.dumps(error))), str(error))
        self.assertFalse(os.path.exists(self.dir))

    def test_upgrade_and_clear(self):
        self.assertRaises(ValueError, venvb.EnvBuilder(upgrade=True, clear=True).create, self.dir)
        self.assertRaises(ValueError, venvb.main, ["--upgrade", "--clear", self.dir])

    def test_warnings(self):
        with self.assertLogs("venvb", logging.WARNING):
            venvb.create(self.dir, prompt="https://user:s3cret@host/")

    def test_plugins(self):
        venvb.EnvBuilder(plugins=["cachedir-tag"]).create(self.dir)
        self.assertTrue(os.path.exists(os.path.join(self.dir, "CACHEDIR.TAG")))
        builder = venvb.EnvBuilder(plugins=["no-such-plugin"])
        with self.assertRaisesRegex(ValueError, "no-such-plugin"):
            builder.create(self.dir + "2")


class Threads(Case):
    def busy(self):
        """Two threads that never rest, and one that allocates and imports."""
        stop = threading.Event()
        one = threading.Lock()

        def work():
            while not stop.is_set():
                with one:
                    importlib.reload(colorsys)
                sorted(map(str, range(200)))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()

        def end():
            stop.set()
            for thread in threads:
                thread.join()

        self.addCleanup(end)

    def test_isolated(self):
        self.busy()
        count = 100 if os.environ.get("VENVB_STRESS") else 10
        signal.alarm(30 + 5 * count)
        self.addCleanup(signal.alarm, 0)
        builder = venvb.EnvBuilder(isolate=True, symlinks=True, clear=True)
        for _ in range(count):
            builder.create(self.dir)
        self.assert_works()

    def test_isolated_fails(self):
        self.busy()
        builder = venvb.EnvBuilder(isolate=True)
        self.assertRaises(FileNotFoundError, builder.create, "/proc/nosuch/env")

    def test_not_isolated_with_a_method(self):
        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                self.pid = os.getpid()

        builder = Builder(isolate=True)
        builder.create(self.dir)
        self.assertEqual(builder.pid, os.getpid())

    def test_several_at_once(self):
        self.busy()
        problems = []

        def work(number):
            try:
                for _ in range(3):
                    builder = venvb.EnvBuilder(clear=True)
                    builder.post_setup = lambda context: time.sleep(0.01)
                    builder.create(self.dir + str(number))
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=work, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        self.assertEqual(len(os.listdir(self.top)), 4)

    def test_others_run_meanwhile(self):
        ticks = []

        class Builder(venvb.EnvBuilder):
            def post_setup(self, context):
                del ticks[:]
                self.slept = subprocess.run(["sleep", "0.3"])

        stop = threading.Event()

        def tick():
            while not stop.wait(0.01):
                ticks.append(1)

        thread = threading.Thread(target=tick)
        thread.start()
        Builder().create(self.dir)
        stop.set()
        thread.join()
        self.assertGreater(len(ticks), 5)


class Command(Case):
    def test_main(self):
        venvb.main(["--without-pip", "--prompt", "x", self.dir, self.dir + "2"])
        self.assertIn("prompt = 'x'", self.read("pyvenv.cfg"))
        self.assertTrue(os.path.exists(os.path.join(self.dir, ".gitignore")))
        self.assertTrue(os.path.exists(self.dir + "2"))
        with self.assertRaises(SystemExit), mock.patch("sys.stderr"):
            venvb.main(["--nosuch", self.dir])

    def test_gi(self):
        python = os.environ.get("TEST_GI_PYTHON", sys.executable)
        if subprocess.run([python, "-c", "import gi"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("there is no python3-gi for this Python")
        for order in ("import gi, venvb", "import venvb, gi"):
            code = order + (
                "; from gi.repository import GLib; import sys; venvb.create(sys.argv[1], clear=True)"
                "; loop = GLib.MainLoop(); GLib.idle_add(loop.quit); loop.run()"
            )
            subprocess.check_call([python, "-c", code, self.dir])


if __name__ == "__main__":
    tap.main()
