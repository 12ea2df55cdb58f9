#!/bin/bash
# The plugin activate-this: a Python that is running takes an environment on.
# shellcheck disable=SC2016,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/activate.inc"

env_options=(--plugin=activate-this -p "$(command -v python3)")
use_env plain
plain=$T_DIR
base=$(sed -n 's/^executable = //p' "$plain/pyvenv.cfg")
lib=$("$plain/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
lib=${lib#"$plain/"}

printf 'in_env = True\n' >"$plain/$lib/only_there.py"
printf 'where = __file__\n' >"$plain/$lib/textwrap.py"
printf 'where = __file__\n' | tee "$plain/$lib/both.py" >"$scratch/old/both.py"
mkdir "$scratch/editable" "$scratch/front"
printf 'here = True\n' >"$scratch/editable/by_pth.py"
printf '%s\nimport sys; sys.path.insert(0, %s)\n' \
       "$scratch/editable" "'$scratch/front'" >"$plain/$lib/some.pth"

prelude='
import os, runpy, site, sys
def same(what, got, expected):
    if got != expected:
        sys.exit("%s: <%s>, not <%s>" % (what, got, expected))
def path_of(env_dir):
    return os.path.join(env_dir, "bin", "activate_this.py")
def activate(env_dir):
    return runpy.run_path(path_of(env_dir))
def refused(what, call, *args):
    before = list(sys.path), sys.prefix, dict(os.environ)
    try:
        call(*args)
    except RuntimeError as error:
        if what not in str(error):
            sys.exit("%r, without %r" % (str(error), what))
    else:
        sys.exit("not refused: " + what)
    same("what there was", (list(sys.path), sys.prefix, dict(os.environ)), before)
env_dir = os.environ["T_DIR"]
packages = os.path.join(env_dir, os.environ["T_LIB"])
'
export T_LIB=$lib

scenario values <<'EOS'
for name in os.listdir(os.environ["T_ENVS"]):
    env_dir = os.path.join(os.environ["T_ENVS"], name)
    before = os.environ["PATH"]
    activate(env_dir)
    same("sys.prefix", sys.prefix, env_dir)
    same("VIRTUAL_ENV", os.environ["VIRTUAL_ENV"], env_dir)
    same("VIRTUAL_ENV_PROMPT", os.environ["VIRTUAL_ENV_PROMPT"], name)
    same("PATH", os.environ["PATH"], env_dir + "/bin:" + before)
    same("tool", os.popen("tool").read(), env_dir + "/bin/tool\n")
    same("sys.path", os.path.join(env_dir, os.environ["T_LIB"]) in sys.path, True)
EOS

scenario run-path <<'EOS'
base_prefix = sys.base_prefix, sys.executable
is_early = "sysconfig" in sys.modules
activate(env_dir)
import only_there, by_pth
same("sys.prefix", (sys.prefix, sys.exec_prefix), (env_dir, env_dir))
same("base", (sys.base_prefix, sys.executable), base_prefix)
same("a program", os.popen("python -c 'import sys; print(sys.prefix)'").read(), env_dir + "\n")
same("site", env_dir in site.PREFIXES, True)
import sysconfig
scheme = "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix"
same("sysconfig", is_early or sysconfig.get_path("purelib", scheme), is_early or packages)
EOS

scenario exec <<'EOS'
os.chdir(os.path.join(env_dir, "bin"))
exec(open("activate_this.py").read(), {"__file__": "activate_this.py"})
import only_there
same("VIRTUAL_ENV", os.environ["VIRTUAL_ENV"], env_dir)
same("names", [n for n in globals() if n in ("activate_this", "check_version")], [])
EOS

# The standard library first, then the environment, then the base's packages.
scenario order <<'EOS'
others = [p for p in site.getsitepackages() + [site.getusersitepackages()] if p in sys.path]
before = list(sys.path)
activate(env_dir)
import textwrap
same("standard library", hasattr(textwrap, "where"), False)
front = os.environ["T_FRONT"]
same("front", sys.path[0], front)
added = [p for p in sys.path if p not in before]
same("added", added, [front, packages, os.environ["T_EDITABLE"]])
same("others", [p for p in sys.path if p in before], before)
for path in others:
    same(path, sys.path.index(path) > sys.path.index(os.environ["T_EDITABLE"]), True)
if others:
    same("adjacent", sys.path.index(others[0]), sys.path.index(os.environ["T_EDITABLE"]) + 1)
EOS

scenario twice <<'EOS'
activate(env_dir)
once = list(sys.path), dict(os.environ), list(site.PREFIXES)
activate(env_dir)
twice = list(sys.path), dict(os.environ), list(site.PREFIXES)
same("sys.path", [p for p in twice[0] if p != os.environ["T_FRONT"]],
     [p for p in once[0] if p != os.environ["T_FRONT"]])
same("the rest", twice[1:], once[1:])
EOS

scenario pythonhome <<'EOS'
os.environ["PYTHONHOME"] = sys.base_prefix
activate(env_dir)
same("PYTHONHOME", "PYTHONHOME" in os.environ, False)
del os.environ["PATH"]
activate(env_dir)
same("PATH", os.environ["PATH"], env_dir + "/bin")
EOS

scenario refused <<'EOS'
code = open(path_of(env_dir)).read()
refused("__file__", exec, code, {})
refused("pyvenv.cfg", exec, code, {"__file__": os.path.join(os.environ["T_OLD"], "x.py")})
for version in ("2.7.18", "3.99.0", "3"):
    cfg = os.path.join(os.environ["T_WRONG"], "pyvenv.cfg")
    text = open(cfg).read()
    lines = [l for l in text.splitlines() if not l.startswith("version")]
    open(cfg, "w").write("\n".join(lines + ["version = " + version]))
    refused("it is for Python %s, and this is %d.%d" % ((version,) + sys.version_info[:2]),
            activate, os.environ["T_WRONG"])
open(cfg, "w").write("\n".join(lines))
os.rename(os.path.join(os.environ["T_WRONG"], "lib"), os.path.join(os.environ["T_WRONG"], "was"))
refused("no packages", activate, os.environ["T_WRONG"])
# These define names over those of the scenario.
refused("pyvenv.cfg", exec, code, globals())
refused("pyvenv.cfg", exec, compile(code, path_of(env_dir), "exec"), globals())
EOS

scenario moved <<'EOS'
activate(os.environ["T_MOVED"])
same("VIRTUAL_ENV", os.environ["VIRTUAL_ENV"], os.environ["T_MOVED"])
import only_there
same("module", only_there.__file__.startswith(os.environ["T_MOVED"]), True)
EOS

export T_FRONT=$scratch/front T_EDITABLE=$scratch/editable
for name in run-path exec order twice pythonhome; do
  play "$name" "$base" -B
done
play order "$base" -S
play order "$base" -I
play run-path "$plain/bin/python" -B

use_env wrong
export T_WRONG=$T_DIR
use_env plain
play refused "$base"

cp -R "$plain" "$scratch/moved"
export T_MOVED=$scratch/moved
mv "$plain" "$plain.away"
play moved "$base" -B
mv "$plain.away" "$plain"

check_fails 'refuses to be a program' 1 'activate_this\.py: .*running' \
  "$base" "$plain/bin/activate_this.py"
check 'but can start a session' sh -c \
  'echo "import only_there; print(1)" | "$1" -B -i "$2" 2>/dev/null | grep -q 1' sh \
  "$base" "$plain/bin/activate_this.py"

for text in "${odd_texts[@]}"; do use_env "$text"; done
rm -rf "$T_WRONG"
export T_ENVS=$scratch/envs
play values "$base"

not_run 'no text was run'
finish
