# Run by the environment's Python: runs pip in the directory that venvb was
# started in, since relative paths in requirement files are relative to that.
# Arguments: the directory, "offline" or "online", those of pip.
import os
import runpy
import socket
import sys


def refuse(host, *args, **kwargs):
    raise OSError("offline: not connecting to '%s'" % host)


def go_offline():
    """A requirement file or a setting of the user may name a server in spite
    of --no-index.  Programs that pip starts get a proxy that is not there."""
    socket.getaddrinfo = refuse
    os.environ.update(PIP_NO_INDEX='1', PIP_RETRIES='0', GIT_ALLOW_PROTOCOL='file')
    for name in ('http', 'https', 'ftp', 'all'):
        os.environ[name + '_proxy'] = os.environ[name.upper() + '_PROXY'] = 'http://127.0.0.1:9'
    for name in ('no_proxy', 'NO_PROXY'):
        os.environ.pop(name, None)


def main():
    directory, mode = sys.argv[1:3]
    del sys.argv[1:3]
    os.chdir(directory)
    # Its output is read by venvb; there is nobody to ask; and what the user has
    # set for other occasions must not have it install somewhere else.
    os.environ.update(PIP_DISABLE_PIP_VERSION_CHECK='1', PIP_NO_INPUT='1', PIP_NO_COLOR='1',
                      PIP_USER='0', PIP_TARGET='', PIP_PREFIX='', PIP_ROOT='')
    if mode == 'offline':
        go_offline()
    runpy.run_module('pip', run_name='__main__', alter_sys=True)


main()
