#!/bin/sh
# Runs each fuzzer for some seconds over a copy of its corpus; fails on the first that finds something.
#   fuzz/smoke.sh [SECONDS [FOLDER OF THE FUZZERS]]        default: 5 build/fuzz/fuzz
# Build them first: cmake --preset fuzz && cmake --build --preset fuzz --target fuzzers
set -eu

here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-5}
programs=${2:-$here/../build/fuzz/fuzz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for corpus in "$here"/corpus/*/; do
  name=$(basename "$corpus")
  program=$programs/fuzz_$name
  [ -x "$program" ] || { echo "fuzz/smoke.sh: there is no $program; build the target fuzzers" >&2; exit 1; }
  [ -n "$(ls -A "$corpus")" ] || { echo "fuzz/smoke.sh: the corpus $corpus is empty" >&2; exit 1; }
  cp -r "$corpus" "$work/$name"
  if ! (cd "$work" && "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 "$name") \
      > "$work/$name.log" 2>&1; then
    tail -n 40 "$work/$name.log" >&2
    found=$(ls "$work" | grep -E '^(crash|leak|oom|timeout|slow-unit)-' | head -n 1)
    [ -z "$found" ] || { cp "$work/$found" .; echo "fuzz/smoke.sh: fuzz_$name failed; the input is ./$found" >&2; }
    exit 1
  fi
  echo "fuzz_$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log") inputs in $seconds s"
done
