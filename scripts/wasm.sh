#!/usr/bin/env bash
# wasm.sh: builds the browser's core and copies Go's glue to where the web app's
# build takes them from (client/web/src/worker, ignored by git).
#
# Inlining costs a fifth of the compressed size: it is left on only where the time
# goes, in cryptography, the runtime and what copies octets.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fast=(runtime runtime/... internal/runtime/... internal/bytealg internal/byteorder bytes unicode/utf8 encoding/binary
	crypto/... math/... golang.org/x/crypto/... github.com/cloudflare/circl/...)
flags=(-gcflags=all=-l)
for pattern in "${fast[@]}"; do flags+=("-gcflags=$pattern="); done

GOOS=js GOARCH=wasm CGO_ENABLED=0 go build -trimpath -buildvcs=false "${flags[@]}" -ldflags='-s -w' \
	-o client/web/src/worker/core.wasm ./client/wasm
cp "$(go env GOROOT)/lib/wasm/wasm_exec.js" client/web/src/worker/wasm_exec.js
chmod 644 client/web/src/worker/core.wasm client/web/src/worker/wasm_exec.js
