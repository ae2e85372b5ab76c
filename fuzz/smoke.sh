#!/bin/sh
# Runs each fuzzer for some seconds over a copy of its corpus; fails on the first that finds something, or has no corpus.
#   fuzz/smoke.sh [SECONDS [FOLDER OF THE FUZZERS]]        default: 5 build/fuzz/fuzz
# Build them first: cmake --preset fuzz && cmake --build --preset fuzz --target fuzzers
set -eu

here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-5}
programs=$(cd "${2:-$here/../build/fuzz/fuzz}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "fuzz/smoke.sh: $1" >&2
  exit 1
}

for corpus in "$here"/corpus/*/; do
  [ -x "$programs/fuzz_$(basename "$corpus")" ] || fail "no fuzzer for $corpus in $programs; build the target fuzzers"
done

for program in "$programs"/fuzz_*; do
  name=${program##*/fuzz_}
  corpus=$here/corpus/$name
  [ -d "$corpus" ] && [ -n "$(ls -A "$corpus")" ] || fail "no corpus in $corpus"
  cp -r "$corpus" "$work/$name"
  if ! (cd "$work" && "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 "$name") \
      > "$work/$name.log" 2>&1; then
    tail -n 40 "$work/$name.log" >&2
    found=$(cd "$work" && ls | grep -E '^(crash|leak|oom|timeout|slow-unit)-' | head -n 1)
    [ -z "$found" ] || cp "$work/$found" .
    fail "fuzz_$name failed${found:+; the input is ./$found}"
  fi
  echo "fuzz_$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log") inputs in $seconds s"
done
