#!/usr/bin/env bash
# deps.sh [-n]: installs, from Debian's packages, what the tests need beside Go
# and git and this machine lacks: a PostgreSQL server, a C compiler for Go's race
# detector, and Chromium. With -n it only says what is missing, and fails if anything is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() { printf 'deps: %s\n' "$*" >&2; exit 1; }

missing() {
	"$here/postgres.sh" where >/dev/null 2>&1 || echo postgresql
	command -v "$(go env CC)" >/dev/null || echo gcc libc6-dev
	command -v chromium >/dev/null || echo chromium
}

packages=$(missing)
if [[ -z $packages ]]; then exit 0; fi
read -r -d '' -a packages <<<"$packages" || true
by_hand="As root, run: apt-get install --no-install-recommends ${packages[*]}"
[[ ${1:-} != -n ]] || die "missing: ${packages[*]}. $by_hand"

command -v apt-get >/dev/null || die "missing: ${packages[*]}, and this is not Debian. Install a PostgreSQL server, a C compiler and Chromium, then run this again."
as_root=()
if [[ $EUID -ne 0 ]]; then
	{ command -v sudo && sudo -n true; } >/dev/null 2>&1 || die "missing: ${packages[*]}, and neither root nor sudo without a password is at hand. $by_hand"
	as_root=(sudo -n)
fi

echo "deps: installing ${packages[*]} from Debian's packages" >&2
# Only PostgreSQL's programs are wanted: without this the package would also make
# and start a cluster of its own.
if [[ ! -e /etc/postgresql-common/createcluster.conf ]]; then
	"${as_root[@]}" mkdir -p /etc/postgresql-common
	echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
"${as_root[@]}" apt-get update -qq </dev/null >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" </dev/null >&2

left=$(missing | tr '\n' ' ')
[[ -z $left ]] || die "still missing after the installation: $left"
