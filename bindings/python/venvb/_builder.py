# SPDX-License-Identifier: BSD-2-Clause
"""EnvBuilder: venv's, made natively."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import venv
from typing import Any, Callable, Iterable, List, Optional, Sequence, Union

from . import _aside, _library
from ._library import FLAGS, lib
from ._run import SETTINGS, Run, base_executable, logger
from ._signals import Signals

StrPath = Union[str, "os.PathLike[str]"]
Progress = Callable[[str, str], Any]

#: What upgrade_deps upgrades.
CORE_VENV_DEPS = getattr(venv, "CORE_VENV_DEPS", ("pip", "setuptools"))

#: Version control systems whose ignore files plugins of venvb write.
_PLUGINS = ("git", "hg", "bzr", "darcs", "fossil")

#: One environment at a time: the library reads the umask and the current directory.
_lock = threading.RLock()


class EnvBuilder(venv.EnvBuilder):
    """Makes virtual environments as ``venv.EnvBuilder`` does, without its Python code.

    Constructor, methods, attributes of the context and the settings' defaults are those of
    venv.EnvBuilder.  A method that a subclass (or an instance) overrides is called in its
    place in the run, and ``super()`` goes on with the native one.  All others are native.

    An environment stands or falls as a whole: whatever a method raises, SystemExit and
    KeyboardInterrupt included, comes out of create() as it is, after what the run has
    made was removed and what was there before was put back.

    Beyond venv's parameters:

    :param progress: called as ``progress(text, source)`` with each line that says what
        goes on; source is "main", "stdout" or "stderr".  What it raises ends the run.
    :param plugins: plugins of venvb to use, as ``--plugin`` takes them: "NAME,key=value".
    :param isolate: make the environment in a child process, so that a crash of a plugin
        is survived and undone.  Other threads of this process wait meanwhile.  Without
        effect where a method is overridden or there is a progress: the child would lose
        what they set.

    The source of truth for what the settings mean is venv(1) in Python's library
    reference, and venvb(1).  Warnings go to the logger "venvb".
    """

    def __init__(
        self,
        system_site_packages: bool = False,
        clear: bool = False,
        symlinks: bool = False,
        upgrade: bool = False,
        with_pip: bool = False,
        prompt: Optional[str] = None,
        upgrade_deps: bool = False,
        *,
        scm_ignore_files: Iterable[str] = frozenset(),
        progress: Optional[Progress] = None,
        plugins: Iterable[str] = (),
        isolate: bool = False,
    ) -> None:
        self.system_site_packages = system_site_packages
        self.clear = clear
        self.symlinks = symlinks
        self.upgrade = upgrade
        self.with_pip = with_pip
        self.orig_prompt = prompt
        self.prompt = os.path.basename(os.getcwd()) if prompt == "." else prompt
        self.upgrade_deps = upgrade_deps
        self.scm_ignore_files = frozenset(map(str.lower, scm_ignore_files))
        self._progress = progress
        self._plugins = tuple(plugins)
        self._isolate = isolate

    # The whole run.

    def create(self, env_dir: Any) -> None:
        """Makes an environment in a directory, or nothing.

        :param env_dir: the directory, a str, bytes or path-like; relative ones are to the
            current directory.  Missing parents are made.
        :raises ValueError: the path has a ``:`` in it, or settings contradict each other
        :raises Error: what failed; an OSError and a ValueError
        :raises ProgramError: ensurepip or pip failed; a subprocess.CalledProcessError, too

        The process's other threads run meanwhile; one environment is made at a time.
        """
        path = os.path.abspath(os.fsdecode(env_dir))
        if os.pathsep in path:
            raise ValueError(
                "cannot make an environment in %r: PATH can't hold a %r"
                % (path, os.pathsep)
            )
        with _lock, Signals() as signals:
            run = Run(self, path, signals)
            around = getattr(self, "_run", None)
            shows_base = self.system_site_packages
            self._run: Optional[Run] = run
            try:
                self._create(run, signals)
            finally:
                self._run = around
                if shows_base:
                    self.system_site_packages = shows_base
        signals.deliver()

    def _create(self, run: Run, signals: Signals) -> None:
        signals.may_raise = False
        native = lib.venvb_builder_new()
        try:
            is_own = self._set(native, run)
            _aside.recover(run.env_dir)
            create = _library.create_function(keeps_gil=self._isolate and is_own)
            signals.may_raise = True
            path = os.fsencode(run.env_dir)
            run.call(lambda error: create(native, path, error))
        finally:
            signals.may_raise = False
            lib.venvb_builder_free(native)
            signals.may_raise = True

    def _set(self, native: int, run: Run) -> bool:
        """Tells the library what is wanted.  Returns whether no code of the user runs."""
        for name in SETTINGS:
            lib.venvb_builder_set_flag(native, FLAGS[name], bool(getattr(self, name)))
        if self.prompt is not None:
            lib.venvb_builder_set_prompt(native, os.fsencode(str(self.prompt)))
        lib.venvb_builder_set_python(native, os.fsencode(base_executable()))
        lib.venvb_builder_set_command(native, _library.strings(self._command()))
        run.progress = self._progress
        run.listen(native)
        self._set_plugins(native, run)
        is_own = not self._add_hooks(native, run) and run.progress is None
        if self._isolate and is_own:
            lib.venvb_builder_set_fork_hooks(native, *_library.fork_hooks(), None, None)
            lib.venvb_builder_set_flag(native, FLAGS["isolate"], True)
        return is_own

    def _command(self) -> List[str]:
        """The command that venv notes in pyvenv.cfg, less the directory."""
        words = [sys.executable, "-m", "venv"]
        words += [] if self.symlinks else ["--copies"]
        words += [] if self.with_pip else ["--without-pip"]
        for name in ("system_site_packages", "clear", "upgrade", "upgrade_deps"):
            words += ["--" + name.replace("_", "-")] if getattr(self, name) else []
        if self.orig_prompt is not None:
            words.append("--prompt=%s" % self.orig_prompt)
        if sys.version_info >= (3, 13) and not self.scm_ignore_files:
            words.append("--without-scm-ignore-files")
        return words

    def _set_plugins(self, native: int, run: Run) -> None:
        wanted = [scm for scm in sorted(self.scm_ignore_files)]
        for scm in wanted:
            if scm not in _PLUGINS:
                getattr(self, "create_%s_ignore_file" % scm)
        natively = [scm for scm in wanted if not self._is_ours(scm)]
        if "git" not in natively:
            lib.venvb_builder_remove_plugin(native, b"git-ignore")
        lib.venvb_builder_set_flag(native, FLAGS["scm_ignore_files"], bool(wanted))
        specs = ["%s-ignore" % scm for scm in natively if scm != "git"]
        for spec in specs + list(self._plugins):
            data = os.fsencode(spec)
            run.call(lambda error: lib.venvb_builder_add_plugin(native, data, error))

    # What is overridden.

    def _overrides(self, name: str) -> bool:
        """Whether a method is not the native one: a subclass's, or set on the instance."""
        return name in self.__dict__ or getattr(type(self), name, None) is not _NATIVE.get(name)

    def _is_ours(self, scm: str) -> bool:
        """Whether a method writes this ignore file, and no plugin."""
        name = "create_%s_ignore_file" % scm
        return hasattr(self, name) and self._overrides(name)

    def _add_hooks(self, native: int, run: Run) -> bool:
        """Adds a hook for each overridden method.  Returns whether there was any."""
        added = False
        for stage, names, call in _HOOKS:
            if any(map(self._overrides, names)):
                run.add_hook(native, stage, lambda call=call: call(self, run))  # type: ignore[misc]
                added = True
        if any(map(self._is_ours, self.scm_ignore_files)):
            run.add_hook(native, "create_ignore_files", lambda: self._ignore(run))
            added = True
        return added

    def _ignore(self, run: Run) -> None:
        run.next()
        for scm in sorted(filter(self._is_ours, self.scm_ignore_files)):
            getattr(self, "create_%s_ignore_file" % scm)(run.context)

    def _running(self, *stages: str) -> Optional[Run]:
        """The run, when the innermost stage that has called back is one of these."""
        run: Optional[Run] = getattr(self, "_run", None)
        return run if run is not None and run.is_in(*stages) else None

    # The steps.  Each is native within the stage that calls it, and else venv's own.

    def ensure_directories(self, env_dir: Any) -> Any:
        """Makes the directories.  Returns the context, a types.SimpleNamespace."""
        run = self._running("ensure_directories")
        if run is None or os.path.abspath(os.fsdecode(env_dir)) != run.env_dir:
            return super().ensure_directories(env_dir)
        run.next()
        return run.context

    def clear_directory(self, path: Any) -> None:
        """Empties a directory.  In a run all that is in it was put aside before, and comes
        back as it was if the run fails; what an overriding method leaves there stays."""
        super().clear_directory(path)

    def create_configuration(self, context: Any) -> None:
        """Writes pyvenv.cfg; twice with system_site_packages, which is False before."""
        run = self._running("create_configuration")
        if run is not None:
            run.next()
            return
        self._save(getattr(context, "env_dir", ""), "pyvenv.cfg")
        super().create_configuration(context)

    def create_git_ignore_file(self, context: Any) -> None:
        """Writes a .gitignore that hides the environment from Git."""
        text = "# Created by venvb: the environment is not to be committed.\n*\n"
        run: Optional[Run] = getattr(self, "_run", None)
        path = os.path.join(context.env_dir, ".gitignore")
        if run is not None:
            run.write(path, text)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def setup_python(self, context: Any) -> None:
        """Links or copies the interpreter."""
        run = self._running("setup_python")
        if run is None:
            super().setup_python(context)
        else:
            run.next()

    def symlink_or_copy(self, src: Any, dst: Any, relative_symlinks_ok: bool = False) -> None:
        """Puts a name of the interpreter in place: links src, or copies it, to dst."""
        run = self._running("symlink_or_copy")
        if run is not None and os.fspath(dst) == run.get("link_target"):
            run.set("link_source", src)
            run.next()
            return
        self._save(dst)
        super().symlink_or_copy(src, dst, relative_symlinks_ok)

    def setup_pip(self, context: Any) -> None:
        """Installs pip: what venv has as ``_setup_pip``, under a public name."""
        self._seed(context)

    def _setup_pip(self, context: Any) -> None:
        self._seed(context)

    def _seed(self, context: Any) -> None:
        run = self._running("setup_pip")
        if run is not None:
            run.next()
        else:
            super()._setup_pip(context)

    def setup_scripts(self, context: Any) -> None:
        """Installs the activation scripts, by install_scripts() where that is overridden."""
        run: Optional[Run] = getattr(self, "_run", None)
        if run is None:
            super().setup_scripts(context)
        elif run.is_in("setup_scripts") and not self._overrides("install_scripts"):
            run.next()
        else:
            self.install_scripts(context, os.fsdecode(lib.venvb_template_dir()))

    def install_scripts(self, context: Any, path: StrPath) -> None:
        """Installs the scripts below ``common`` and ``posix`` of a directory in bin.

        In a run the values of placeholders are quoted for the language that a file's name
        tells, so that they stand bare in it.
        """
        run: Optional[Run] = getattr(self, "_run", None)
        if run is None:
            super().install_scripts(context, os.fspath(path))
        elif run.is_in("setup_scripts") and _is_same(path, lib.venvb_template_dir()):
            run.next()
        else:
            run.install_scripts(os.fspath(path))

    def replace_variables(self, text: str, context: Any, *args: Any, **kwargs: Any) -> str:
        """Replaces placeholders in a text.

        While a script is installed the native ones are still in what this returns: they
        are replaced, quoted for the script's language, after the method.
        """
        if self._running("install_script") is not None:
            return text
        if not hasattr(context, "script_path"):  # by which Python 3.14 tells how to quote
            context.script_path = ""
        return super().replace_variables(text, context, *args, **kwargs)

    def post_setup(self, context: Any) -> None:
        """Nothing: for subclasses.  What it raises undoes the environment."""
        run = self._running("post_setup")
        if run is not None:
            run.next()

    def upgrade_dependencies(self, context: Any) -> None:
        """Upgrades pip from the index."""
        run = self._running("upgrade_dependencies")
        if run is None:
            super().upgrade_dependencies(context)
        else:
            run.next()

    def _save(self, *path: Any) -> None:
        """Within a run, has a file put back that venv's own code is about to change."""
        run: Optional[Run] = getattr(self, "_run", None)
        name = os.path.abspath(os.path.join(*map(os.fsdecode, path)))
        if run is not None and name.startswith(run.env_dir + os.sep):
            run.save(name)


def _is_same(path: StrPath, other: bytes) -> bool:
    return os.path.abspath(os.fspath(path)) == os.path.abspath(os.fsdecode(other))


# The hooks: what the stages call of a subclass.


def _ensure(builder: Any, run: Run) -> None:
    context = builder.ensure_directories(run.env_dir)
    if context is not None:
        run.context = context


def _clear(builder: Any, run: Run) -> None:
    with run.put_aside():
        builder.clear_directory(run.env_dir)


def _link(builder: Any, run: Run) -> None:
    source, target = run.get("link_source") or "", run.get("link_target") or ""
    is_first = target == run.get("env_exe")
    if not is_first and os.path.exists(target):
        return
    beside = os.path.dirname(source) == os.path.dirname(target)
    if beside:
        builder.symlink_or_copy(source, target, relative_symlinks_ok=True)
    else:
        builder.symlink_or_copy(source, target)
    if os.path.exists(target) and not os.path.islink(target):
        os.chmod(target, 0o755)


def _replace(builder: Any, run: Run) -> None:
    text = run.script
    if text is not None:
        new = builder.replace_variables(text, run.context)
        if new != text:
            run.script = new
    run.next()


def _pip(builder: Any, run: Run) -> None:
    if builder._overrides("_setup_pip"):
        builder._setup_pip(run.context)
    else:
        builder.setup_pip(run.context)


def _step(name: str) -> Callable[[Any, Run], None]:
    return lambda builder, run: getattr(builder, name)(run.context)


#: The stage, the methods that make a hook in it when they are overridden, and the hook.
_HOOKS: List[Any] = [
    ("clear_directory", ["clear_directory"], _clear),
    ("ensure_directories", ["ensure_directories"], _ensure),
    ("create_configuration", ["create_configuration"], _step("create_configuration")),
    ("setup_python", ["setup_python"], _step("setup_python")),
    ("symlink_or_copy", ["symlink_or_copy"], _link),
    ("setup_pip", ["_setup_pip", "setup_pip"], _pip),
    ("setup_scripts", ["setup_scripts", "install_scripts"], _step("setup_scripts")),
    ("install_script", ["replace_variables"], _replace),
    ("post_setup", ["post_setup"], _step("post_setup")),
    ("upgrade_dependencies", ["upgrade_dependencies"], _step("upgrade_dependencies")),
]

#: The methods as they are here, by which an overridden one is told from them.
_NATIVE = {
    name: getattr(EnvBuilder, name)
    for name in [method for _, methods, _ in _HOOKS for method in methods]
    + ["create_git_ignore_file"]
}


def create(
    env_dir: Any,
    system_site_packages: bool = False,
    clear: bool = False,
    symlinks: bool = False,
    with_pip: bool = False,
    prompt: Optional[str] = None,
    upgrade_deps: bool = False,
    *,
    scm_ignore_files: Iterable[str] = frozenset(),
) -> None:
    """Makes an environment in a directory, as ``venv.create()`` does.

    :raises Error: and what else EnvBuilder.create() raises; then nothing is left of it
    """
    EnvBuilder(
        system_site_packages=system_site_packages,
        clear=clear,
        symlinks=symlinks,
        with_pip=with_pip,
        prompt=prompt,
        upgrade_deps=upgrade_deps,
        scm_ignore_files=scm_ignore_files,
    ).create(env_dir)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="venvb", description="Makes virtual environments of the Python that runs this."
    )
    add = parser.add_argument
    add("dirs", metavar="ENV_DIR", nargs="+", help="where to make an environment")
    add("--system-site-packages", action="store_true", help="show the base Python's packages")
    links = parser.add_mutually_exclusive_group()
    links.add_argument("--symlinks", action="store_true", default=True, help="link the interpreter")
    links.add_argument("--copies", action="store_false", dest="symlinks", help="copy it")
    add("--clear", action="store_true", help="empty the directory first")
    add("--upgrade", action="store_true", help="adapt to a Python that was upgraded in place")
    add("--without-pip", action="store_false", dest="with_pip", help="do not install pip")
    add("--prompt", help="what an activated shell shows")
    add("--upgrade-deps", action="store_true", help="upgrade pip from the index")
    add(
        "--without-scm-ignore-files",
        action="store_const",
        const=frozenset(),
        default=frozenset(["git"]),
        dest="scm_ignore_files",
        help="do not write a .gitignore",
    )
    return parser


def main(args: Optional[Sequence[str]] = None) -> None:
    """Makes environments as a command line says, as ``venv.main()`` does.

    :param args: the arguments, those of the process by default: those of
        ``python -m venv``; the command venvb has many more
    :raises SystemExit: the arguments make no sense, or ask for help
    :raises ValueError: --upgrade and --clear are together
    """
    settings = vars(_parser().parse_args(args))
    dirs = settings.pop("dirs")
    if settings["upgrade"] and settings["clear"]:
        raise ValueError("--upgrade and --clear can't be used together")
    builder = EnvBuilder(**settings)
    for env_dir in dirs:
        builder.create(env_dir)


__all__ = ["CORE_VENV_DEPS", "EnvBuilder", "Progress", "create", "logger", "main"]
