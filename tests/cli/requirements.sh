# The plugin requirements: what requirement files and pyproject.toml files ask
# for is installed by the real pip, and by uv, of wheels made for this test.
. "${srcdir:-.}/tests/lib.sh"

find_base real
"$VENVB" -p "$base" first >out 2>&1 || { tap_diag "$(cat out)"; skip_all 'no environment with pip can be made'; }
old='' new=''
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.8*/bin/python3; do [ -x "$python" ] && old=$python; done
for python in "${PYENV_ROOT:-/nonexistent}"/versions/3.1[1-9]*/bin/python3; do [ -x "$python" ] && new=$python; done

mkdir wheels other
make_wheel wheels demo 1.0 'Requires-Dist: some-thing>=1'
make_wheel wheels demo 2.0 'Requires-Dist: some-thing>=1'
make_wheel wheels some_thing 1.5
for name in tool testing docs plain; do make_wheel wheels "$name" 3.0; done
make_wheel other demo 9.0
make_wheel other local 1.0

create () # OPTIONS ENV [VENVB-OPTION...]
{
  local options=$1 env=$2; shift 2
  "$VENVB" -p "$base" "$@" --plugin=requirements,"$options" "$env"
}
again () # OPTIONS ENV [VENVB-OPTION...]: pip is there
{
  create "$@" --without-pip
}
installed () # ENV
{
  (cd "$1"/lib/python3.*/site-packages && ls -d ./*.dist-info) |
    sed -n 's,^\./\(.*\)\.dist-info$,\1,p' | grep -vE '^(pip|setuptools)-' | xargs
}
wheels=find-links=wheels,offline

# Requirement files.
echo 'demo<2' >requirements.txt
create "file=requirements.txt,$wheels" e -v >out 2>&1
is "a requirement file" "$(installed e)" "demo-1.0 some_thing-1.5"
is "a line for each package" "$(sed -n 's/^venvb: requirements: //p' out)" \
  "installing with pip
installed demo 1.0
installed some-thing 1.5"
check "pip is heard of" grep -q '^  | Successfully installed' out
check "pip check" e/bin/python -m pip check
again "file=requirements.txt,$wheels" e -v >out 2>&1
check "a second run has nothing to do" grep -q '^venvb: requirements: there was nothing left to install$' out
echo 'demo==2.0' >constraint.txt
again "package=demo,constraint=constraint.txt,$wheels" e -v >out 2>&1
is "a constraint, and another version" "$(installed e)" "demo-2.0 some_thing-1.5"
check "it is told" grep -q '^venvb: requirements: installed demo 2.0, was 1.0$' out
printf 'demo==1.0\ntool==99\n' >bad.txt
again "file=bad.txt,$wheels" e >out 2>err
is "what fails: exit status" "$?" 1
check "it says why" grep -q "^venvb: plugin 'requirements', stage post_setup: cannot install: .* exited with status 1$" err
check "in the words of pip" grep -q '^  | .*No matching distribution found for tool==99' err
is "it leaves what was there" "$(installed e)" "demo-2.0 some_thing-1.5"
: >empty.txt
is "an empty file, and without -v nothing is printed" "$(again "file=empty.txt,$wheels" e 2>&1; echo $?)" "0"
check "--upgrade leaves the stage out" again "file=bad.txt,$wheels" e --upgrade

# Relative paths are relative to where venvb is started; files may have blanks.
mkdir 'a b'
printf -- '-r more.txt\n./other/local-1.0-py3-none-any.whl\n' >'a b/re q.txt'
echo tool >'a b/more.txt'
cp -r wheels 'a b/whe els'
check "paths in a requirement file" create "file=a b/re q.txt,find-links=a b/whe els,offline,package=./wheels/plain-3.0-py3-none-any.whl" p
is "they are found" "$(installed p)" "local-1.0 plain-3.0 tool-3.0"
check "no-deps" create "package=demo<2,no-deps,find-links=other,$wheels" nodeps
is "nothing else is installed" "$(installed nodeps)" "demo-1.0"
create "file=requirements.txt,require-hashes,$wheels" bad >out 2>err
is "require-hashes, without any" "$? $(ls -d bad 2>/dev/null)" "1 "
check "it says so" grep -q '^  | .*require-hashes mode' err
printf 'tool==3.0 --hash=sha256:%s\n' "$(sha256sum wheels/tool-3.0-*.whl | cut -d ' ' -f 1)" >hashes.txt
check "require-hashes" again "file=hashes.txt,require-hashes,$wheels" e

# pyproject.toml.
cat >pyproject.toml <<'END'
[project]
name = "My.Project"
dependencies = ["tool"]
[project.optional-dependencies]
all = ["my-project[test,Docs]; python_version > '3'", "plain"]
test = ["testing ; os_name == 'posix'", "my_project[all]"]
docs = ["docs", "demo ; os_name == 'none'"]
[dependency-groups]
Dev_All = [{include-group = "base"}, "testing>=3"]
base = ["some.thing"]
a = [{include-group = "b"}]
b = [{include-group = "A"}]
END
mkdir sub
printf '[dependency-groups]\nlint = ["plain"]\n' >sub/pyproject.toml
for python in "$base" $old $new; do
  name=$("$python" -c 'import sys; print("Python %d.%d" % sys.version_info[:2])')
  rm -rf y
  check "$name: the project, an extra that names others, a group that includes another" \
    "$VENVB" -p "$python" --plugin="requirements,pyproject,extra=ALL,group=dev-all,$wheels" y
  is "$name: they are installed" "$(installed y)" "docs-3.0 plain-3.0 some_thing-1.5 testing-3.0 tool-3.0"
done
check "a group alone, of another file" create "group=sub/pyproject.toml:lint,$wheels" g
is "it is installed, and nothing else" "$(installed g)" "plain-3.0"
echo '[project]' >none.toml
again "pyproject=none.toml" g -v >out 2>&1
check "a project without dependencies" grep -q '^venvb: requirements: nothing is required$' out

# One line for whatever is wrong with it.  Most are told to the helper alone,
# which says what the plugin says.
printf '[project\n' >wrong.toml
check_fails "no TOML" 1 "^venvb: plugin 'requirements', stage post_setup: '$PWD/wrong.toml': cannot be read as TOML: " \
  create "pyproject=wrong.toml,offline" bad
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""
wrong () # NAME PATTERN TOML [KIND NAME]
{
  printf '%b' "$3" >wrong.toml
  "$base" -IB "$srcdir/plugins/requirements/read-pyproject.py" '' "${4:-project}" wrong.toml "${5:-}" >out 2>&1
  is "$1: one line" "$(head -n 1 out) $(tail -n 1 out) $(wc -l <out)" "error end 3"
  check "$1" grep -qE "^'wrong.toml': $2" out
}
wrong "not UTF-8" "cannot be read as TOML: .*utf-8" '# \xff\n'
wrong "no project" "there is no \[project\] table" '[tool.x]\n'
wrong "project is no table" "project is not a table" 'project = 1\n'
wrong "dependencies are no list" "project.dependencies is not a list" '[project]\ndependencies = "x"\n'
wrong "a dependency is no string" "an item of project.dependencies is not a string" '[project]\ndependencies = [1]\n'
wrong "a dependency is no requirement" "'--index-url=x' in project.dependencies is not a requirement" \
  '[project]\ndependencies = ["--index-url=x"]\n'
wrong "nor is a path" "'a/b' in project.dependencies is not a requirement" '[project]\ndependencies = ["a/b"]\n'
wrong "dynamic" "project.dependencies is dynamic" '[project]\ndynamic = ["dependencies"]\n'
wrong "dynamic extras" "project.optional-dependencies is dynamic" '[project]\ndynamic = ["optional-dependencies"]\n' extra x
wrong "an unknown extra" "no extra 'x' in \[project.optional-dependencies\], which has a, b$" \
  '[project]\n[project.optional-dependencies]\nb = []\nA = []\n' extra x
wrong "an unknown group" "no group 'x' in \[dependency-groups\], which has none$" '[project]\n' group x
wrong "an item of a group" "an item of dependency-groups.x is neither" \
  '[project]\n[dependency-groups]\nx = [{other = "y"}]\n' group x
wrong "a group twice" "dependency-groups has 'a-b' twice" '[project]\n[dependency-groups]\na_b = []\nA-b = []\n' group x
wrong "groups that include each other" "group 'A' includes itself: a -> b -> a$" "$(cat pyproject.toml)" group a

# Wrong options are told before anything is created.
option () # NAME PATTERN OPTIONS
{
  check_fails "$1" 2 "^venvb: plugin 'requirements': $2" create "$3" bad
}
option "nothing to do" "nothing to install" offline
option "no such file" "cannot read file '.*/none.txt': No such file" file=none.txt
option "a directory" "cannot read constraint '.*/wheels': Is a directory" file=requirements.txt,constraint=wheels
option "no directory" "find-links '.*/requirements.txt' is not a directory" find-links=requirements.txt
option "a group without a name" "the name of a group is needed, not 'x.toml:'" group=x.toml:
option "no pyproject.toml" "cannot read pyproject '.*/x.toml'" group=x.toml:dev
option "a package that is an option" "not a requirement: '--pre'" package=--pre
option "no URL" "index-url 'example.org' is not a URL" package=x,index-url=example.org
option "a password is not shown" "index-url is not a URL of https, http or file$" package=x,index-url=x://u:p@y/
option "offline and an index" "offline and an index" package=x,offline,index-url=https://example.org/
option "a flag" "offline is 'yes' or 'no', not 'maybe'" package=x,offline=maybe
option "an installer" "installer is 'pip', 'uv' or" package=x,installer=conda
option "an installer that is not there" "there is no program './uv'" package=x,installer=./uv
option "an unknown option" "unknown option 'files'" files=x
(cd wheels && create extra=x ../bad) >out 2>err
is "an extra without any project" "$? $(grep -c "cannot read pyproject '.*/wheels/pyproject.toml'" err)" "2 1"
check_fails "--without-pip" 1 "there is no pip in the environment to install with: leave out --without-pip, or use installer=uv" \
  create "file=requirements.txt,$wheels" bad --without-pip
check "--without-pip where there is one" again "package=tool,$wheels" first
PIP_QUIET=1 check "a pip that is quiet" again "package=plain,$wheels" first
is "... installs" "$(installed first)" "plain-3.0 tool-3.0"
is "nothing is left" "$(ls -d bad 2>/dev/null)" ""

# An index.
serve_index other
export PIP_NO_CACHE_DIR=1 PIP_RETRIES=0
check "from an index, and another one" create \
  "package=demo,package=local,index-url=http://127.0.0.1:1/,extra-index-url=$index,find-links=wheels" i
is "it has the newest" "$(installed i)" "demo-9.0 local-1.0"
before=$(wc -l <other.log)
PIP_EXTRA_INDEX_URL=$index PIP_FIND_LINKS=${index}demo/ PIP_USER=1 PIP_TARGET=$PWD/elsewhere \
  check "offline, whatever is said elsewhere" create "package=demo,$wheels" o
is "nor installed there" "$(installed o) $(ls -d elsewhere "$HOME"/.local/lib 2>/dev/null)" "demo-2.0 some_thing-1.5 "
printf -- '--index-url %s\n--find-links %sdemo/\ndemo\n' "$index" "$index" >net.txt
"$VENVB" -p "${old:-$base}" --plugin="requirements,file=net.txt,$wheels" o-net >out 2>&1
is "the index is not asked" "$(tail -n "+$((before + 1))" other.log)" ""

# pip-conf comes first, wherever it is named.
conf=--plugin=pip-conf,index-url=$index required=--plugin=requirements,package=demo,package=local
check "pip-conf before requirements" "$VENVB" -p "$base" --without-pip "$conf" "$required" first
is "its index is used" "$(installed first)" "demo-9.0 local-1.0 plain-3.0 tool-3.0"
check "and after them" "$VENVB" -p "$base" "$required" "$conf" company
is "its index is used" "$(installed company)" "demo-9.0 local-1.0"

# uv, in an environment without pip.
if command -v uv >/dev/null; then
  export UV_CACHE_DIR=$scratch/uv-cache UV_NO_CONFIG=1
  for python in "$base" $old; do
    rm -rf u
    "$VENVB" -v -p "$python" --without-pip --plugin="requirements,installer=uv,file=a b/re q.txt,extra=test,$wheels" u >out 2>&1
    is "uv" "$(installed u)" "docs-3.0 local-1.0 plain-3.0 testing-3.0 tool-3.0"
  done
  check "a line for each package" grep -q '^venvb: requirements: installed tool 3.0$' out
  check "uv by its path, from an index" create "installer=$(command -v uv),package=demo,index-url=$index" u --without-pip
  create "installer=uv,package=nothing,$wheels" bad --without-pip >out 2>err
  is "uv fails" "$? $(grep -c "^venvb: plugin 'requirements', stage post_setup: cannot install: " err)" "1 1"
  check "in its own words" grep -q '^  | .*nothing' err
else
  skip "uv" "no uv on PATH"
fi
finish
