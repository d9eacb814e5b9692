#!/usr/bin/env bash
# Runs each fuzzer of the module for FUZZTIME (default 10m), one after another.
# A finding stays in the package's testdata/fuzz as a seed, and the exit code is 1.
#
#   scripts/fuzz.sh [PACKAGES...]     as of go test; default ./...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
fuzztime=${FUZZTIME:-10m}
packages=("$@")
((${#packages[@]} > 0)) || packages=(./...)

# Only the JSON form tells which package a fuzzer belongs to, and only the other
# one can be read when something does not build.
listed=$(go test -json -run '^$' -list '^Fuzz' "${packages[@]}" </dev/null) || { echo "fuzz: the tests do not build:" >&2; go test -run '^$' "${packages[@]}" 2>&1 </dev/null | grep -v -E '^(ok|\?) ' >&2; exit 1; }
mapfile -t fuzzers < <(printf '%s\n' "$listed" |
	sed -n 's/.*"Action":"output","Package":"\([^"]*\)","Output":"\(Fuzz[A-Za-z0-9_]*\)\\n".*/\1 \2/p' | sort)
((${#fuzzers[@]} > 0)) || { echo "fuzz: no fuzzer in ${packages[*]}" >&2; exit 1; }

found=()
for fuzzer in "${fuzzers[@]}"; do
	read -r package name <<<"$fuzzer"
	printf '\n== %s %s, %s\n' "$package" "$name" "$fuzztime"
	# Without -run every test of the package would run first.
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$fuzztime" "$package" </dev/null || found+=("$fuzzer")
done

printf '\n%d fuzzers ran for %s each, %d with findings\n' "${#fuzzers[@]}" "$fuzztime" "${#found[@]}"
if ((${#found[@]} > 0)); then
	printf '%s\n' "${found[@]}"
	exit 1
fi
