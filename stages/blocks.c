/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Pieces of activation scripts that are only there when they are needed, one
 * set of them for each language: what sets variables and puts them back, and
 * what finds the environment where it has been moved to.
 *
 * "@NAME@" stands for the name of a variable, "@VALUE@" for its value, quoted.
 * What a variable was is kept under the name _OLD_VIRTUAL_VAR_NAME.
 */

#include "stages/stages.h"

/* POSIX shells.  The first character kept tells what the variable was: "-"
 * nothing, "v" a variable of the shell, "x" one that was exported.  No shell
 * of them all has a common way to ask for the latter: one that was is missing
 * in the list of exported ones when it is unset.
 *
 * dash, busybox and mksh don't say which file they read, but hold it open.
 * "$$" would be the parent of a subshell, therefore /proc/self. */
const Blocks blocks_posix = {
  .save = "if [ -z \"${@NAME@+set}\" ]; then\n"
          "    _OLD_VIRTUAL_VAR_@NAME@=-\n"
          "elif [ \"$(: @NAME@; export -p)\" = \"$(unset @NAME@; export -p)\" ]; then\n"
          "    _OLD_VIRTUAL_VAR_@NAME@=v$@NAME@\n"
          "else\n"
          "    _OLD_VIRTUAL_VAR_@NAME@=x$@NAME@\n"
          "fi\n",
  .set = "export @NAME@\n"
         "@NAME@=@VALUE@\n",
  .unset = "unset @NAME@\n",
  .restore = "    case ${_OLD_VIRTUAL_VAR_@NAME@-} in\n"
             "    x*) export @NAME@\n"
             "        @NAME@=${_OLD_VIRTUAL_VAR_@NAME@#?} ;;\n"
             "    v*) unset @NAME@\n"
             "        [ -z \"${ZSH_VERSION-}\" ] || typeset -g @NAME@\n"
             "        @NAME@=${_OLD_VIRTUAL_VAR_@NAME@#?} ;;\n"
             "    -) unset @NAME@ ;;\n"
             "    esac\n"
             "    unset _OLD_VIRTUAL_VAR_@NAME@\n",
  .relocate =
      "# The environment is where this script lies, as far as the shell tells.\n"
      "_virtual_env_file=\n"
      "_virtual_env_cd=command\n"
      "if [ -n \"${BASH_VERSION-}\" ]; then\n"
      "    _virtual_env_file=${BASH_SOURCE-}\n"
      "elif [ -n \"${ZSH_VERSION-}\" ]; then\n"
      "    # %x would not keep line breaks, but is always there.\n"
      "    eval '() {\n"
      "        emulate -L zsh\n"
      "        _virtual_env_file=${${${funcsourcetrace[1]-}%:*}:-${(%):-%x}}\n"
      "    }'\n"
      "    _virtual_env_cd=builtin\n"
      "else\n"
      "    case ${KSH_VERSION-} in\n"
      "    Version*) eval '_virtual_env_file=${.sh.file}' ;;\n"
      "    *)\n"
      "        # The file that the shell has open, where the system tells.\n"
      "        _virtual_env_pid=\n"
      "        [ ! -r /proc/self/stat ] || IFS= read -r _virtual_env_pid </proc/self/stat || :\n"
      "        for _virtual_env_fd in \"/proc/${_virtual_env_pid%% *}/fd\"/*; do\n"
      "            _virtual_env_fd=$(readlink \"$_virtual_env_fd\" 2>/dev/null && echo x) || :\n"
      "            case $_virtual_env_fd in\n"
      "            */activate?x) _virtual_env_file=${_virtual_env_fd%??} ;;\n"
      "            esac\n"
      "        done\n"
      "        unset _virtual_env_pid _virtual_env_fd ;;\n"
      "    esac\n"
      "fi\n"
      "case $_virtual_env_file in\n"
      "/*) ;;\n"
      "*) _virtual_env_file=./$_virtual_env_file ;;\n"
      "esac\n"
      "if [ ! -f \"${_virtual_env_file%/*}/../pyvenv.cfg\" ]; then\n"
      "    # A link to it.\n"
      "    _virtual_env_file=$(realpath \"$_virtual_env_file\" 2>/dev/null && echo x) || :\n"
      "    _virtual_env_file=${_virtual_env_file%?x}\n"
      "fi\n"
      "if [ -f \"${_virtual_env_file%/*}/../pyvenv.cfg\" ]; then\n"
      "    # What cd prints, or a function that zsh calls then, is not wanted.\n"
      "    VIRTUAL_ENV=$(\"$_virtual_env_cd\" cd \"${_virtual_env_file%/*}/..\" >/dev/null &&\n"
      "        \"$_virtual_env_cd\" pwd && echo x)\n"
      "    VIRTUAL_ENV=${VIRTUAL_ENV%?x}\n"
      "elif [ ! -f \"$VIRTUAL_ENV/pyvenv.cfg\" ]; then\n"
      "    printf 'activate: the environment is not in %s any more\\n' \"$VIRTUAL_ENV\" >&2\n"
      "fi\n"
      "unset _virtual_env_file _virtual_env_cd\n",
};

/* fish.  The first element kept is how to set the variable again: exported,
 * not exported, or erased.  A universal one stays, and is hidden: one that
 * is exported, which no other can undo, by an empty one. */
const Blocks blocks_fish = {
  .save = "set -g _OLD_VIRTUAL_VAR_@NAME@ -eg\n"
          "if set -qg @NAME@\n"
          "    set -g _OLD_VIRTUAL_VAR_@NAME@ -gu $@NAME@\n"
          "    set -qgx @NAME@; and set _OLD_VIRTUAL_VAR_@NAME@[1] -gx\n"
          "end\n",
  .set = "set -gx @NAME@ @VALUE@\n",
  .unset = "set -qg @NAME@; and set -eg @NAME@\n"
           "set -qU @NAME@; and set -gu @NAME@\n"
           "set -qUx @NAME@; and set -gx @NAME@ ''\n",
  .restore = "    if set -qg _OLD_VIRTUAL_VAR_@NAME@\n"
             "        set $_OLD_VIRTUAL_VAR_@NAME@[1] @NAME@ $_OLD_VIRTUAL_VAR_@NAME@[2..-1]\n"
             "        set -eg _OLD_VIRTUAL_VAR_@NAME@\n"
             "    end\n",
  .relocate =
      "# The environment is where this script lies, or what it is a link to.\n"
      "set -l file (status filename | string collect)\n"
      "string match -q '/*' -- \"$file\"; or set file ./$file\n"
      "test -f (command dirname $file | string collect)/../pyvenv.cfg\n"
      "or set file (builtin realpath $file | string collect)\n"
      "set -l dir (builtin realpath (command dirname $file | string collect)/.. | string collect)\n"
      "if test -f \"$dir/pyvenv.cfg\"\n"
      "    set -gx VIRTUAL_ENV $dir\n"
      "end\n",
};

/* csh has no functions: what restores is part of an alias, one line, in which
 * each variable must be there.  (An alias for each would be an "alias loop".)
 * It holds the file that it reads open, too. */
const Blocks blocks_csh = {
  .save = "set _OLD_VIRTUAL_VAR_@NAME@ _OLD_VIRTUAL_HAD_@NAME@ = $?@NAME@\n"
          "if ( $_OLD_VIRTUAL_HAD_@NAME@ ) then\n"
          "    set _OLD_VIRTUAL_VAR_@NAME@ = $@NAME@:q\n"
          "endif\n",
  .set = "setenv @NAME@ @VALUE@\n",
  .unset = "unsetenv @NAME@\n",
  .restore = "unsetenv @NAME@; if ( $_OLD_VIRTUAL_HAD_@NAME@ ) "
             "setenv @NAME@ $_OLD_VIRTUAL_VAR_@NAME@:q; "
             "unset _OLD_VIRTUAL_VAR_@NAME@ _OLD_VIRTUAL_HAD_@NAME@; ",
  .relocate =
      "# The environment is where this script lies, which the system tells: the\n"
      "# shell has it open.\n"
      "set _virtual_env_found = ( \"`ls -l /proc/$$/fd |& sed -n 's:^.* -> ::p' | sed -n "
      "'s:/[^/]*/activate.csh::p' | tail -n 1`\" )\n"
      "if ( $#_virtual_env_found == 1 ) then\n"
      "    if ( -f $_virtual_env_found:q/pyvenv.cfg ) setenv VIRTUAL_ENV $_virtual_env_found:q\n"
      "endif\n"
      "unset _virtual_env_found\n"
      "if ( ! -f $VIRTUAL_ENV:q/pyvenv.cfg ) then\n"
      "    echo 'activate.csh: the environment is not in '$VIRTUAL_ENV:q' any more'\n"
      "endif\n",
};

/* PowerShell.  Its template keeps what was before in a table, which is for these,
 * too, and finds itself always. */
const Blocks blocks_powershell = {
  .save = "$global:_OLD_VIRTUAL['@NAME@'] = $env:@NAME@\n",
  .set = "$env:@NAME@ = @VALUE@\n",
  .unset = "Remove-Item -LiteralPath Env:@NAME@ -ErrorAction Ignore\n",
};

/* cmd.  Nothing that it expands early may hold an old value, whose quotation
 * marks would end ours; a variable of `for` is put in late.  What "set NAME"
 * lists, "NAME=value" and all names that begin so, is kept with a prefix up to
 * the "#".  Another environment's script finds the way back in
 * _OLD_VIRTUAL_DEACTIVATE. */
const Blocks blocks_batch = {
  .save = "@for /f \"delims=\" %%l in ('set @NAME@ 2^>nul') do @for /f \"delims==\" %%n in "
          "(\"%%l\") do @if /i \"%%n\"==\"@NAME@\" set \"_OLD_VIRTUAL_VAR#%%l\"\n",
  .set = "@set @NAME@=@VALUE@\n",
  .unset = "@set \"@NAME@=\"\n",
  .set_end = "@set \"_OLD_VIRTUAL_DEACTIVATE=%~dp0deactivate.bat\"\n",
  .restore = "@if defined _OLD_VIRTUAL_DEACTIVATE set \"@NAME@=\"\n",
  .restore_end = "@for /f \"tokens=1* delims=#\" %%a in ('set _OLD_VIRTUAL_VAR# 2^>nul') do @set "
                 "\"%%b\"\n"
                 "@for /f \"delims==\" %%n in ('set _OLD_VIRTUAL_VAR# 2^>nul') do @set \"%%n=\"\n"
                 "@set \"_OLD_VIRTUAL_DEACTIVATE=\"\n",
  .relocate = "@if exist \"%~dp0..\\pyvenv.cfg\" for %%d in (\"%~dp0..\") do @set "
              "\"VIRTUAL_ENV=%%~fd\"\n",
};

/* Nushell, which puts back by itself what an overlay has set; what was before is
 * kept for another environment that takes its place.  A variable can't be taken
 * away for the time being, but one that is null is not exported. */
const Blocks blocks_nushell = {
  .save = "    load-env { _OLD_VIRTUAL: ($env._OLD_VIRTUAL | upsert variables (\n"
          "        $env._OLD_VIRTUAL.variables | upsert @NAME@ (\n"
          "            if '@NAME@' in ($env | columns) { $env.@NAME@ } else { null }\n"
          "        )\n"
          "    )) }\n",
  .set = "    load-env { @NAME@: @VALUE@ }\n",
  .unset = "    load-env { @NAME@: null }\n",
  .relocate =
      "    # The environment is where this script lies.\n"
      "    let here = (if 'FILE_PWD' in $names { $env.FILE_PWD | path dirname } else { '' })\n"
      "    let env_dir = (\n"
      "        if ([$here pyvenv.cfg] | path join | path exists) { $here } else { $env_dir }\n"
      "    )\n",
};

/* A Python that is running: nothing is left again, and the script asks itself
 * where it lies. */
const Blocks blocks_python = {
  .set = "    os.environ['@NAME@'] = @VALUE@\n",
  .unset = "    os.environ.pop('@NAME@', None)\n",
};

/* xonsh. */
const Blocks blocks_xonsh = {
  .save = "    if '@NAME@' in env:\n"
          "        old['@NAME@'] = env['@NAME@']\n",
  .set = "    env['@NAME@'] = @VALUE@\n",
  .unset = "    env.pop('@NAME@', None)\n",
  .restore = "        env.pop('@NAME@', None)\n",
  .relocate = "    # The environment is where this script lies.\n"
              "    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
              "    if os.path.exists(os.path.join(here, 'pyvenv.cfg')):\n"
              "        env_dir = here\n",
};
