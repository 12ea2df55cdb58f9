"""Makes environments by libvenvb within Python, while other threads are at work: each in
a child process that runs Python, too.

    forks.py LIBRARY DIRECTORY RUNS [bare]

prints how many of the runs hung; `bare` leaves the functions for forks out.
"""

import ctypes
import importlib
import logging
import os
import signal
import sys
import threading

library, directory, runs = sys.argv[1], sys.argv[2], int(sys.argv[3])
venvb = ctypes.PyDLL(library)  # which keeps the GIL
pointer, text = ctypes.c_void_p, ctypes.c_char_p
venvb.venvb_builder_new.restype = pointer
VENVB_FLAG_WITH_PIP, VENVB_FLAG_ISOLATE = 4, 8
PROGRESS = ctypes.PYFUNCTYPE(None, pointer, ctypes.c_int, text, pointer)
STAGE = ctypes.PYFUNCTYPE(ctypes.c_int, pointer, pointer, pointer, pointer)
POST_SETUP = 7
null = os.open(os.devnull, os.O_WRONLY)


class GError(ctypes.Structure):
    _fields_ = [('domain', ctypes.c_uint32), ('code', ctypes.c_int), ('message', text)]


class Writer(logging.Handler):
    """Without a buffer: Python does not look after the lock of one when it forks."""

    def emit(self, record):
        os.write(null, self.format(record).encode())


def load(module):
    sys.modules.pop(module, None)
    importlib.import_module(module)


def work(module):
    """Imports, logs and starts threads, under the locks that these have."""
    while True:
        load(module)
        logging.error('busy')
        threading.Thread(target=int).start()


def hear(_ctx, _source, line, _data):
    """In the child process, in which Python runs as ever."""
    logging.error('%r', line)


def stage(following, ctx, _self, error):
    load('sched')
    logging.error('stage')
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    return venvb.venvb_next(pointer(following), pointer(ctx), pointer(error))


def make_builder():
    builder = pointer(venvb.venvb_builder_new())
    venvb.venvb_builder_set_flag(builder, VENVB_FLAG_WITH_PIP, 0)
    venvb.venvb_builder_set_flag(builder, VENVB_FLAG_ISOLATE, 1)
    venvb.venvb_builder_set_progress(builder, heard, None, None)
    venvb.venvb_builder_add_hook(builder, POST_SETUP, b'python', staged, None, None)
    if len(sys.argv) == 4:
        python = ctypes.pythonapi
        venvb.venvb_builder_set_fork_hooks(
            builder, python.PyOS_BeforeFork, python.PyOS_AfterFork_Parent,
            python.PyOS_AfterFork_Child, None, None)
    return builder


def run(number):
    """One run, in a process of its own that may hang."""
    logging.getLogger().addHandler(Writer())
    for module in 'colorsys', 'stringprep', 'nturl2path':
        threading.Thread(target=work, args=(module,), daemon=True).start()
    error = ctypes.POINTER(GError)()
    done = venvb.venvb_builder_create(make_builder(), os.path.join(directory, str(number)).encode(),
                                      ctypes.byref(error))
    if not done:
        print(error.contents.message, flush=True)
    os._exit(0 if done else 1)


heard, staged = PROGRESS(hear), STAGE(stage)
hung = failed = 0
for number in range(runs):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        run(number)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(-pid, signal.SIGKILL))
    signal.alarm(20)
    status = os.waitpid(pid, 0)[1]
    signal.alarm(0)
    hung += os.WIFSIGNALED(status)
    failed += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
print(hung, 'hung,', failed, 'failed')
