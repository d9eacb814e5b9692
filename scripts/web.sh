#!/usr/bin/env bash
# web.sh check [FILE]: the web app's types, style and unit tests.
# web.sh e2e [FILE]:   the app in Chromium against the real program ./cenacle, with
#                      E2E_WORKERS browsers at a time (2).
# web.sh build:        the core and the app, unless what is built is of this very source.
#
# What ran is written to FILE as `go test -json` would, for tools/testsummary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=$([[ -n ${2:-} ]] && realpath -m "$2" || true)

# digest is the SHA-256 of all that the built app depends on.
digest() {
	{
		go version
		node --version
		go list -deps -f '{{if not .Standard}}{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}{{end}}' ./client/wasm | sort | xargs -d '\n' cat
		find client/web/src client/web/public client/web/*.ts client/web/*.json client/web/*.html client/web/*.js scripts/wasm.sh scripts/compress.mjs \
			-type f ! -name '*.test.ts' ! -name core.wasm ! -name wasm_exec.js | LC_ALL=C sort | while read -r file; do
			printf '%s\n' "$file"
			cat "$file"
		done
	} | sha256sum | cut -d' ' -f1
}

build() {
	local now
	now=$(GOOS=js GOARCH=wasm digest)
	if [[ -f client/web/dist/index.html && -f client/web/src/worker/core.wasm && $(cat .cache/web.sha256 2>/dev/null) == "$now" ]]; then
		echo "the web app is built from this source already"
		return
	fi
	rm -f .cache/web.sha256
	make --no-print-directory web
	mkdir -p .cache
	echo "$now" >.cache/web.sha256
}

# vitest's own report as `go test -json` would write it.
events() {
	node -e '
		const { readFileSync, writeFileSync } = require("node:fs");
		const [report, out] = process.argv.slice(1);
		const lines = [];
		let failed = false;
		for (const file of JSON.parse(readFileSync(report, "utf8")).testResults) {
			const Package = file.name.replace(/^.*\/client\/web\//, "client/web/");
			for (const test of file.assertionResults) {
				const Action = { passed: "pass", failed: "fail" }[test.status] ?? "skip";
				failed ||= Action === "fail";
				lines.push({ Action, Package, Test: test.fullName });
			}
			lines.push({ Action: file.status === "passed" ? "pass" : "fail", Package });
		}
		writeFileSync(out, lines.map((line) => JSON.stringify(line) + "\n").join(""));
	' "$1" "$2"
}

check() {
	local failed=0 report
	report=$(mktemp)
	(
		cd client/web
		[[ -d node_modules/svelte ]] || npm ci --no-audit --no-fund
		bad=0
		npm run --silent check || bad=1
		npx tsc -p e2e --noEmit || bad=1
		npm run --silent lint || bad=1
		npx vitest run --reporter=default --reporter=json --outputFile.json="$report" || bad=1
		exit "$bad"
	) || failed=1
	if [[ -n $results && -s $report ]]; then events "$report" "$results"; fi
	rm -f "$report"
	return "$failed"
}

e2e() {
	cd client/web
	# Vite's and Playwright's own telemetry and downloads are not wanted.
	E2E_RESULTS=$results PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npx playwright test -c e2e --workers "${E2E_WORKERS:-2}"
}

case ${1:-} in
build | check | e2e) "$1" ;;
*)
	sed -n '2,7s/^# \?//p' "${BASH_SOURCE[0]}" >&2
	exit 2
	;;
esac
