# SPDX-License-Identifier: BSD-2-Clause
#
# Activates this virtual environment in the running fish (3.1 or newer):
#
#     source bin/activate.fish
#
# Leave the environment with "deactivate".  With VIRTUAL_ENV_DISABLE_PROMPT set
# to any text the prompt is left alone.  Functions of the user's may have the names
# of builtins; those that fish does not forbid are named as builtins.

# The environment that is active, whoever made it, is left by its own function,
# which knows what else it has set.
if set -qg _OLD_VIRTUAL_PATH; and builtin functions -q deactivate
    deactivate nondestructive
end

function deactivate -d "Leave the virtual environment"
    if set -qg _OLD_VIRTUAL_PATH
        set -gx PATH $_OLD_VIRTUAL_PATH
        set -qg _OLD_VIRTUAL_PATH_UNSET; and set -eg PATH
        set -eg _OLD_VIRTUAL_PATH
    end
    if set -qg _OLD_VIRTUAL_PYTHONHOME
        set -gx PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME
        set -qg _OLD_VIRTUAL_PYTHONHOME_HIDDEN; and set -eg PYTHONHOME
        set -eg _OLD_VIRTUAL_PYTHONHOME
    end
    if builtin functions -q _old_fish_prompt
        builtin functions -e fish_prompt
        builtin functions -c _old_fish_prompt fish_prompt
        builtin functions -e _old_fish_prompt
    end
    for name in VIRTUAL_ENV VIRTUAL_ENV_PROMPT _OLD_FISH_PROMPT_OVERRIDE \
        _OLD_VIRTUAL_PATH_UNSET _OLD_VIRTUAL_PYTHONHOME_HIDDEN
        set -qg $name; and set -eg $name
    end
    if builtin functions -q _virtual_env_restore
        _virtual_env_restore
        builtin functions -e _virtual_env_restore
    end
    if test "$argv[1]" != nondestructive
        builtin functions -e deactivate
    end
    return 0
end

# Puts back as well what another tool's script did not know of when it left an
# environment of venvb.
deactivate nondestructive

set -gx VIRTUAL_ENV __VENV_DIR__
__VENV_RELOCATE__
set -gx VIRTUAL_ENV_PROMPT __VENV_PROMPT__
if command -q cygpath
    set -gx VIRTUAL_ENV (command cygpath $VIRTUAL_ENV)
end

set -q PATH; or set -g _OLD_VIRTUAL_PATH_UNSET 1
set -g _OLD_VIRTUAL_PATH $PATH
set -gx PATH $VIRTUAL_ENV/__VENV_BIN_NAME__ $PATH

if set -qg PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -eg PYTHONHOME
else if set -qU PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME $PYTHONHOME
    set -g _OLD_VIRTUAL_PYTHONHOME_HIDDEN 1
end
# A universal one is every fish's, and stays: an empty one, which Python passes over,
# hides it.
set -qU PYTHONHOME; and set -gx PYTHONHOME ''

if test -z "$VIRTUAL_ENV_DISABLE_PROMPT"
    builtin functions -c fish_prompt _old_fish_prompt
    # For the deactivate of Python's own venv, should that take over.
    set -g _OLD_FISH_PROMPT_OVERRIDE $VIRTUAL_ENV
    # The old prompt comes first, so that it sees $status and $pipestatus as
    # they were.
    function fish_prompt
        set -l old (_old_fish_prompt | string collect -N)
        set -l shown (string replace -ra -- '[[:cntrl:]]' '?' "$VIRTUAL_ENV_PROMPT")
        # Both are empty where the terminal has no colours.
        set -l color (builtin set_color green)
        set -l normal (builtin set_color normal)
        builtin printf '%s' "$color" "($shown)" "$normal" " $old"
    end
end

# Stays when another tool's script takes the place of deactivate.
function _virtual_env_restore
__VENV_VARIABLES_RESTORE__
end
__VENV_VARIABLES_SET__
