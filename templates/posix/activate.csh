# SPDX-License-Identifier: BSD-2-Clause
#
# Activates this virtual environment in the running csh or tcsh:
#
#     source bin/activate.csh
#
# Leave the environment with "deactivate".  With VIRTUAL_ENV_DISABLE_PROMPT set
# to any text the prompt is left alone.

# Only set while an environment is active in this very shell.
if ( $?_OLD_VIRTUAL_PATH ) then
    deactivate nondestructive
endif
# What another tool's script did not know of when it left an environment of venvb.
if ( $?_OLD_VIRTUAL_PYTHONHOME ) then
    setenv PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME:q
    unset _OLD_VIRTUAL_PYTHONHOME
endif
if ( $?_OLD_VIRTUAL_RESTORE ) then
    _virtual_env_restore
endif

setenv VIRTUAL_ENV __VENV_DIR__
__VENV_RELOCATE__
setenv VIRTUAL_ENV_PROMPT __VENV_PROMPT__
if ( $?OSTYPE ) then
    if ( x$OSTYPE:q == xcygwin || x$OSTYPE:q == xmsys ) then
        setenv VIRTUAL_ENV "`printenv VIRTUAL_ENV | cygpath -f -`"
    endif
endif

# What deactivate has to do is settled here, where a variable can be asked for:
# csh cannot do that in one line.  A variable is used as $NAME:q and not
# between double quotes, where csh cannot hold a newline.
alias _virtual_env_prompt :
set _virtual_env_draw = $?prompt
if ( $?VIRTUAL_ENV_DISABLE_PROMPT ) then
    if ( x$VIRTUAL_ENV_DISABLE_PROMPT:q != x ) set _virtual_env_draw = 0
endif
if ( $_virtual_env_draw ) then
    set _OLD_VIRTUAL_PROMPT = $prompt:q
    alias _virtual_env_prompt 'set prompt = $_OLD_VIRTUAL_PROMPT:q; unset _OLD_VIRTUAL_PROMPT'
    if ( x$VIRTUAL_ENV_PROMPT:q !~ x*[^A-Za-z0-9\ ._/+:,=@-]* ) then
        set prompt = '('$VIRTUAL_ENV_PROMPT:q') '$prompt:q
    else if ( $?tcsh ) then
        # "%", "!", "\" and "^" mean something in a prompt, but not in what
        # the prompt refers to.  Control characters become question marks.
        set _VIRTUAL_ENV_SHOWN = "`printenv VIRTUAL_ENV_PROMPT | paste -s -d '?' - | tr '\001-\011\013-\037\177' '[?*]'`"
        alias _virtual_env_prompt 'set prompt = $_OLD_VIRTUAL_PROMPT:q; unset _OLD_VIRTUAL_PROMPT _VIRTUAL_ENV_SHOWN'
        set prompt = '(%$_VIRTUAL_ENV_SHOWN) '$prompt:q
    else
        # Of these csh knows but "!", and draws it for "\!".
        set _virtual_env_draw = "`printenv VIRTUAL_ENV_PROMPT | paste -s -d '?' - | tr '\001-\011\013-\037\177' '[?*]' | tr '\041' '\001' | sed 's/[[:cntrl:]]/\\&/g' | tr '\001' '\041'`"
        set prompt = '('$_virtual_env_draw:q') '$prompt:q
    endif
endif
unset _virtual_env_draw

alias _virtual_env_home :
if ( $?PYTHONHOME ) then
    set _OLD_VIRTUAL_PYTHONHOME = $PYTHONHOME:q
    unsetenv PYTHONHOME
    alias _virtual_env_home 'setenv PYTHONHOME $_OLD_VIRTUAL_PYTHONHOME:q; unset _OLD_VIRTUAL_PYTHONHOME'
endif

alias _virtual_env_path 'setenv PATH $_OLD_VIRTUAL_PATH:q'
if ( ! $?PATH ) then
    # The shell goes by its own path, which follows PATH.
    set _OLD_VIRTUAL_SEARCH = ( $path:q )
    alias _virtual_env_path 'set path = ( $_OLD_VIRTUAL_SEARCH:q ); unset _OLD_VIRTUAL_SEARCH; unsetenv PATH'
    setenv PATH ''
endif
set _OLD_VIRTUAL_PATH = $PATH:q
if ( x$PATH:q == x ) then
    setenv PATH $VIRTUAL_ENV:q/__VENV_BIN_NAME__
else
    setenv PATH $VIRTUAL_ENV:q/__VENV_BIN_NAME__:$PATH:q
endif
rehash

__VENV_VARIABLES_SET__
set _OLD_VIRTUAL_RESTORE
alias _virtual_env_restore '__VENV_VARIABLES_RESTORE__unset _OLD_VIRTUAL_RESTORE; unalias _virtual_env_restore'
alias deactivate '_virtual_env_restore; _virtual_env_path; unalias _virtual_env_path; unset _OLD_VIRTUAL_PATH; rehash; _virtual_env_home; _virtual_env_prompt; unalias _virtual_env_home; unalias _virtual_env_prompt; unsetenv VIRTUAL_ENV; unsetenv VIRTUAL_ENV_PROMPT; if ( "\!:*" != nondestructive ) unalias deactivate'
