# SPDX-License-Identifier: BSD-2-Clause
#
# Activates this virtual environment in the running Nushell, as an overlay:
#
#     overlay use bin/activate.nu
#
# Leave the environment with "deactivate".  With $env.VIRTUAL_ENV_DISABLE_PROMPT
# set to any text the prompt is left alone.
#
# Nushell puts the variables back by itself when the overlay is hidden, but
# keeps them for when it is used again: so each of them is always set.

export-env {
    let names = ($env | columns)

    # Used once more while an environment is active, this replaces it.  A record
    # is not exported to the programs that are run.
    let old = (
        if '_OLD_VIRTUAL' in $names {
            $env._OLD_VIRTUAL
        } else {
            {
                path: (if 'PATH' in $names { $env.PATH } else { [] })
                prompt: (if 'PROMPT_COMMAND' in $names { $env.PROMPT_COMMAND } else { null })
                variables: {}
            }
        }
    )
    load-env $old.variables
    let path = (
        if ($old.path | describe) == 'string' { $old.path | split row (char esep) } else { $old.path }
    )
    # What the script of another tool has put in front, which does not tell what
    # was before: an overlay takes the place of another as it is.
    let left = (
        if 'VIRTUAL_ENV' in $names { [$env.VIRTUAL_ENV __VENV_BIN_NAME__] | path join } else { '' }
    )
    let path = (if ($path | first 1) == [$left] { $path | skip 1 } else { $path })
    let prefix = (if 'VIRTUAL_PREFIX' in $names { $env.VIRTUAL_PREFIX } else { '' })
    let prompt = __VENV_PROMPT__
    let env_dir = __VENV_DIR__
__VENV_RELOCATE__

    load-env {
        _OLD_VIRTUAL: ($old | upsert variables {})
        VIRTUAL_ENV: $env_dir
        VIRTUAL_ENV_PROMPT: $prompt
        PATH: ($path | prepend ([$env_dir __VENV_BIN_NAME__] | path join))
    }

    # hide-env would outlive the overlay; to Python an empty one is none.
    if 'PYTHONHOME' in $names {
        load-env { PYTHONHOME: '' }
    }

    let hidden = (
        if 'VIRTUAL_ENV_DISABLE_PROMPT' in $names { $env.VIRTUAL_ENV_DISABLE_PROMPT } else { '' }
    )
    if $hidden in ['' false null] {
        let shown = (
            $prompt | split chars | each {|c| if $c =~ '\p{Cc}' { '?' } else { $c } } | str join
        )
        let is_text = ($old.prompt | describe) == 'string'
        let is_none = $old.prompt == null
        load-env {
            PROMPT_COMMAND: {||
                let rest = (
                    if $is_none { $env.PWD } else if $is_text { $old.prompt } else { do $old.prompt }
                )
                let rest = (
                    if $prefix != '' and ($rest | str starts-with $prefix) {
                        $rest | split row $prefix | skip 1 | str join $prefix
                    } else { $rest }
                )
                '(' + $shown + ') ' + $rest
            }
        }
    } else if $old.prompt != null {
        load-env { PROMPT_COMMAND: $old.prompt }
    }
__VENV_VARIABLES_SET__
}

export alias deactivate = overlay hide activate --keep-env [PWD]
