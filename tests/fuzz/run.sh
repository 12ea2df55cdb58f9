#!/bin/sh
# Runs fuzzing targets that were built with libFuzzer, each for FUZZ_SECONDS,
# FUZZ_JOBS at a time, and tells what came of it, one line each:
#
#     run.sh BUILD-DIR/tests/fuzz/fuzz-NAME...
#
# What they found interesting is kept beside them in work/NAME, and what they
# did not survive in findings/.  Exit status 1 when there is any of the latter.
set -u
source_dir=$(cd "$(dirname "$0")" && pwd)
build_dir=$(cd "$(dirname "$1")" && pwd)
seconds=${FUZZ_SECONDS:-600}
jobs=${FUZZ_JOBS:-$(getconf _NPROCESSORS_ONLN)}

# G_SLICE: each piece of memory by itself, where the sanitizer can watch it.
export G_SLICE=always-malloc G_DEBUG=gc-friendly
export VENVB_MODULE_DIR="$build_dir/../../wheel/.libs" VENVB_FUZZ_FINDINGS="$build_dir/findings"
export LSAN_OPTIONS="suppressions=$source_dir/../suppressions/lsan.supp:print_suppressions=0"
export ASAN_OPTIONS="detect_odr_violation=0:${ASAN_OPTIONS-}"
mkdir -p "$build_dir/findings" "$build_dir/logs" || exit 1
TMPDIR=$(mktemp -d "$(if [ -w /dev/shm ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi)/venvb-fuzz-run-XXXXXX") || exit 1
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

fuzz () # TARGET
{
  name=${1##*/fuzz-}
  mkdir -p "$build_dir/work/$name"
  set -- "$1" -max_total_time="$seconds" -timeout=300 -rss_limit_mb=4096 -max_len=4096 \
         -print_final_stats=1 -verbosity=1 -artifact_prefix="$build_dir/findings/$name-"
  [ ! -f "$source_dir/$name.dict" ] || set -- "$@" -dict="$source_dir/$name.dict"
  set -- "$@" "$build_dir/work/$name" "$source_dir/corpus/$name"
  [ ! -d "$source_dir/regress/$name" ] || set -- "$@" "$source_dir/regress/$name"
  nice -n 19 "$@" >"$build_dir/logs/$name" 2>&1
}

# What libFuzzer says at the end.
tell () # NAME
{
  awk -v name="$1" '
    /cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) } }
    /^stat::number_of_executed_units/ { n = $2 }
    /^stat::average_exec_per_sec/     { per_second = $2 }
    END { printf "%-14s %10d executions %7d/s %5d edges %6d features\n", name, n, per_second, cov, ft }
  ' "$build_dir/logs/$1"
}

failed=0
while [ $# -gt 0 ]; do
  running=
  n=0
  while [ $# -gt 0 ] && [ "$n" -lt "$jobs" ]; do
    fuzz "$1" &
    running="$running $!:${1##*/fuzz-}"
    n=$((n + 1))
    shift
  done
  for one in $running; do
    status=0
    wait "${one%%:*}" || status=$?
    tell "${one#*:}"
    if [ "$status" -ne 0 ]; then
      failed=1
      echo "${one#*:}: a finding: see $build_dir/logs/${one#*:}"
    fi
  done
done
exit "$failed"
