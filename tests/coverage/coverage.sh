# The tests before this one ran as many lines as they have to.
exec python3 -B "${srcdir:-.}/tests/coverage/report.py" \
  "${GCOV:-gcov}" "${srcdir:-.}" "${abs_top_builddir:-.}" --tap
