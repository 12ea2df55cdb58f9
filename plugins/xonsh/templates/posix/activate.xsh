# SPDX-License-Identifier: BSD-2-Clause
#
# Activates this virtual environment in the running xonsh:
#
#     source bin/activate.xsh
#
# Leave the environment with "deactivate".  With $VIRTUAL_ENV_DISABLE_PROMPT set
# to any text the prompt is left alone.

def _virtual_env_activate():
    import os
    import sys

    from xonsh.events import events
    from xonsh.prompt.env import env_name

    names, env, fields = globals(), ${...}, $PROMPT_FIELDS
    env_dir, prompt = __VENV_DIR__, __VENV_PROMPT__
__VENV_RELOCATE__

    def alias():
        return aliases['deactivate'] if 'deactivate' in aliases else None

    # An environment that is active is left the way it was entered, whoever made
    # it; then what another tool's script did not know of one of venvb.
    if '_OLD_VIRTUAL_PATH' in env and callable(alias()):
        alias()()
    if '_virtual_env_leave' in names:
        names['_virtual_env_leave']()
    vox = getattr(sys.modules.get('xontrib.voxapi'), 'Vox', None)
    if hasattr(vox, 'oldvars'):
        vox().deactivate()

    # A sum keeps what is in PATH as it is: reading an entry expands it.
    old = {}
    if 'PATH' in env.detype():
        old['PATH'] = $PATH + []
    for name in ('PYTHONHOME', 'PROMPT'):
        if name in env:
            old[name] = env[name]
    old_alias = alias()
    old_field = fields.get('env_name')

    def shown():
        # Another tool's environment may have taken the place of this one.
        if 'VIRTUAL_ENV_PROMPT' not in env:
            return ''
        text = ''.join(c if c.isprintable() else '?' for c in env['VIRTUAL_ENV_PROMPT'])
        # Braces would be taken for a colour.
        text = text.replace('{', '{{').replace('}', '}}')
        return '{}{}{}'.format(fields.get('env_prefix', '('), text, fields.get('env_postfix', ') '))

    def with_field(text):
        return text if '{env_name' in text else '{env_name}' + text

    def leave(**_):
        events.vox_on_deactivate.discard(leave)
        for name in ('VIRTUAL_ENV', 'VIRTUAL_ENV_PROMPT'):
            env.pop(name, None)
__VENV_VARIABLES_RESTORE__
        if '_OLD_VIRTUAL_PATH' in env:
            env.pop('PATH', None)
        else:
            # Another tool's script has put it back.
            old.pop('PATH', None)
        for name in ('_OLD_VIRTUAL_PATH', '_OLD_VIRTUAL_PYTHONHOME'):
            env.pop(name, None)
        env.update(old)
        if fields.get('env_name') is shown:
            fields['env_name'] = old_field
        del names['_virtual_env_leave']
        # Newer versions wrap it.
        if getattr(alias(), 'func', alias()) in (deactivate, None):
            aliases.pop('deactivate', None)
            if old_alias is not None:
                aliases['deactivate'] = old_alias

    def deactivate(args=None):
        leave()

    $VIRTUAL_ENV = env_dir
    $VIRTUAL_ENV_PROMPT = prompt
    path = os.path.join(env_dir, __VENV_BIN_NAME__)
    # What an entry is expanded to is not expanded once more, but by insert() of
    # newer versions.
    if '$' in path and $EXPAND_ENV_VARS:
        path = os.path.join('$VIRTUAL_ENV', __VENV_BIN_NAME__)
    # The scripts of virtualenv and uv look for what was before under these names.
    $_OLD_VIRTUAL_PATH = old.get('PATH', [])
    if 'PYTHONHOME' in old:
        $_OLD_VIRTUAL_PYTHONHOME = old['PYTHONHOME']
    if 'PATH' in old:
        $PATH = [path] + $PATH
    else:
        $PATH = [path]
    env.pop('PYTHONHOME', None)

    if not env.get('VIRTUAL_ENV_DISABLE_PROMPT'):
        # xonsh would show it without the parentheses, and read colours in it.
        if old_field is env_name:
            fields['env_name'] = shown
        if callable($PROMPT):
            $PROMPT = lambda: with_field(old['PROMPT']())
        else:
            $PROMPT = with_field($PROMPT)

    names['_virtual_env_leave'] = leave
    aliases['deactivate'] = deactivate
    # So that "vox activate" and "vox deactivate" leave this one, too.
    events.vox_on_deactivate(leave)
__VENV_VARIABLES_SET__


_virtual_env_activate()
del _virtual_env_activate
