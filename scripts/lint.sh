#!/usr/bin/env bash
# gofmt, go vet and staticcheck over the whole module, for this machine and for
# the browser. Prints what is wrong; exits 1 when anything is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Only files of the project: a node_modules folder may hold Go files of others.
unformatted=$(git ls-files -z --cached --others --exclude-standard '*.go' |
	while IFS= read -r -d '' f; do if [[ -f $f ]]; then printf '%s\0' "$f"; fi; done | xargs -0 -r gofmt -l)
if [[ -n $unformatted ]]; then
	printf 'lint: not formatted (run gofmt -w):\n%s\n' "$unformatted" >&2
	exit 1
fi
go vet ./...
go tool staticcheck ./...
if [[ -d client/wasm ]]; then
	GOOS=js GOARCH=wasm go vet ./client/wasm/... ./client/store/indexeddb
fi
echo "lint: clean"
