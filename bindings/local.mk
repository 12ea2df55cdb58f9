# What Python programs import: no part of the build, but of the tarball, of the wheel and of
# the package python3-venvb.

python_module = \
	%D%/python/venvb/__init__.py \
	%D%/python/venvb/__main__.py \
	%D%/python/venvb/_aside.py \
	%D%/python/venvb/_builder.py \
	%D%/python/venvb/_errors.py \
	%D%/python/venvb/_library.py \
	%D%/python/venvb/_run.py \
	%D%/python/venvb/_signals.py \
	%D%/python/venvb/py.typed
EXTRA_DIST += $(python_module)

virtualenv_plugin = %D%/virtualenv/README.md %D%/virtualenv/pyproject.toml %D%/virtualenv/virtualenv_venvb.py
EXTRA_DIST += $(virtualenv_plugin)
