# What Python programs import.  It is installed as data, where no Python looks by itself: which
# one it is for, nobody but packages can tell (the wheel, python3-venvb); PYTHONPATH can.

pythonmoduledir = $(datadir)/venvb/python/venvb
dist_pythonmodule_DATA = \
	%D%/python/venvb/__init__.py \
	%D%/python/venvb/__main__.py \
	%D%/python/venvb/_aside.py \
	%D%/python/venvb/_builder.py \
	%D%/python/venvb/_errors.py \
	%D%/python/venvb/_library.py \
	%D%/python/venvb/_run.py \
	%D%/python/venvb/_signals.py \
	%D%/python/venvb/py.typed

EXTRA_DIST += %D%/python/README.md

virtualenv_plugin = %D%/virtualenv/README.md %D%/virtualenv/pyproject.toml %D%/virtualenv/virtualenv_venvb.py
EXTRA_DIST += $(virtualenv_plugin)
