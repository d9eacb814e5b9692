#!/usr/bin/env bash
# screenshots.sh: every screen of the demonstration as a picture, into ./screenshots:
# desktop and phone, French and English, light and dark. Needs ./cenacle with the app.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
port=${SHOTS_PORT:-18437}
data=$(mktemp -d "${TMPDIR:-/tmp}/cenacle-shots.XXXXXX")
trap 'rm -rf "$data"' EXIT
go run ./tools/demo -data "$data/demo" -origin "http://localhost:$port" >/dev/null
out=${SHOTS_OUTPUT:-$PWD/screenshots}
rm -rf "$out"
mkdir -p "$out"
(cd client/web && SHOTS_DATA=$data/demo SHOTS_PORT=$port SHOTS_OUTPUT=$out npx playwright test -c e2e/shots.config.ts)
echo "$(find "$out" -name '*.png' | wc -l) pictures in $out"
