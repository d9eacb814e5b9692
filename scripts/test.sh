#!/usr/bin/env bash
# make test: every check and every test of the module.
#
# Needs git and Go; what else is missing scripts/deps.sh installs.
# A PostgreSQL cluster lives for the time of the run only. The last line reads
# "N passed, N failed, N skipped"; the exit code is 0 only when nothing failed
# and something ran.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Packages whose tests run again under the race detector: where goroutines live.
# Pure packages start none (arch_test.go) and gain nothing from it. Under -short a
# test may do fewer rounds; none may skip. What runs compiled to WebAssembly, in a
# browser of one thread, cannot race.
race_folders=(./server/... ./client/... ./rtc/...)
race_not='/client/(wasm|store/indexeddb)(/|$)'

# Another service's settings must not leak into the tests.
unset PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE PGSERVICE PGSSLMODE CENACLE_HOME CENACLE_PASSPHRASE CENACLE_ACCOUNT_KEY

work=$(mktemp -d "${TMPDIR:-/tmp}/cenacle-test.XXXXXX")
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

step() { printf '\n== %s\n' "$*"; }

step "what the tests need beside Go"
scripts/deps.sh
echo "PostgreSQL in $(scripts/postgres.sh where), C compiler $(command -v "$(go env CC)")"

# One finding must not hide the others: what fails is remembered, and all of it runs.
failed=0

step "formatting, go vet, staticcheck"
lint=clean
scripts/lint.sh || { failed=1; lint=FAILED; }

step "builds: this machine with Go alone, and the browser's core"
CGO_ENABLED=0 go build -trimpath -o "$work/cenacle" .
if [[ -d client/wasm ]]; then
	GOOS=js GOARCH=wasm go build -trimpath -o "$work/core.wasm" ./client/wasm
fi
go build -o "$work/testsummary" ./tools/testsummary

step "a PostgreSQL cluster for this run"
CENACLE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$work")
export CENACLE_TEST_POSTGRES_URL
echo "listening on ${CENACLE_TEST_POSTGRES_URL#*@}"

step "tests"
go test -json -timeout 20m ./... </dev/null | "$work/testsummary" -o "$work/plain.json" || failed=1

mapfile -t raced < <(for pattern in "${race_folders[@]}"; do
	if [[ -d ${pattern%/...} ]]; then
		go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$pattern"
	fi
done | grep -v -E "$race_not")
if ((${#raced[@]} == 0)); then
	echo "no package with goroutines has tests yet"
else
	step "tests of ${#raced[@]} packages under the race detector"
	CGO_ENABLED=1 go test -race -json -short -timeout 20m "${raced[@]}" </dev/null | "$work/testsummary" -o "$work/race.json" || failed=1
fi

step "all tests (formatting, go vet and staticcheck: $lint)"
"$work/testsummary" -total "$work"/*.json || failed=1
exit "$failed"
