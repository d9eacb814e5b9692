#!/usr/bin/env bash
# bench-web.sh: the app's goals of speed, measured in Chromium with ./cenacle, as a
# table. BENCH_CHANNELS (20) and BENCH_MESSAGES (2000) say how much there is to work on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../client/web"
npx playwright test -c e2e/bench.config.ts
