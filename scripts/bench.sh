#!/usr/bin/env bash
# Measures what the product promises to be fast at (server/loadtest; see
# docs/benchmarks.md), then runs every benchmark of the module and prints a second
# table: name, time, allocated octets and allocations for each operation, and what
# the benchmark reports of its own (events/s, p99-ms ...). Figures are compared by
# people, never asserted.
#
#   scripts/bench.sh              both tables, about ten minutes
#   scripts/bench.sh REGEXP       only the benchmarks that match (go test -bench)
#   LOADTEST="-rows append"       flags of the load generator (-quick, -rows ...)
#   BENCHTIME=3s COUNT=5          as of go test
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d "${TMPDIR:-/tmp}/cenacle-bench.XXXXXX")
cleanup() {
	local code=$?
	trap - EXIT
	scripts/postgres.sh stop "$work" || true
	rm -rf "$work"
	exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

scripts/deps.sh
CENACLE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$work")
export CENACLE_TEST_POSTGRES_URL

failed=0
if (($# == 0)); then
	go build -o "$work/loadtest" ./server/loadtest
	read -r -a flags <<<"${LOADTEST:-}" || true
	"$work/loadtest" "${flags[@]}" </dev/null || failed=1
	echo
fi

# One package at a time: two at once would measure each other.
benchmarks_failed=0
go test -p 1 -run '^$' -bench "${1:-.}" -benchmem -benchtime "${BENCHTIME:-1s}" -count "${COUNT:-1}" -timeout 30m ./... \
	</dev/null >"$work/raw" 2>&1 || benchmarks_failed=1
if ((benchmarks_failed)); then
	cat "$work/raw" >&2
	failed=1
fi

sed -n '/^cpu: /{p;q;}' "$work/raw"
awk '
	/^pkg: / { pkg = $2; sub(/^github.com\/cenacle-team\/cenacle\//, "", pkg) }
	/^Benchmark/ && NF >= 4 {
		name = $1; sub(/^Benchmark/, "", name); sub(/-[0-9]+$/, "", name)
		time = octets = allocs = "-"; own = ""
		for (i = 3; i < NF; i += 2) {
			if ($(i+1) == "ns/op") time = human($i)
			else if ($(i+1) == "B/op") octets = $i
			else if ($(i+1) == "allocs/op") allocs = $i
			else own = own "  " $i " " $(i+1)
		}
		if (!rows++) printf "%-44s %12s %12s %10s  %s\n", "benchmark", "time/op", "B/op", "allocs/op", "reports"
		printf "%-44s %12s %12s %10s%s\n", pkg " " name, time, octets, allocs, own
	}
	function human(ns) {
		if (ns < 1e3) return sprintf("%.1f ns", ns)
		if (ns < 1e6) return sprintf("%.2f µs", ns / 1e3)
		if (ns < 1e9) return sprintf("%.2f ms", ns / 1e6)
		return sprintf("%.2f s", ns / 1e9)
	}
	END { if (!rows) { print "no benchmark ran"; exit 1 } }
' "$work/raw"
exit "$failed"
