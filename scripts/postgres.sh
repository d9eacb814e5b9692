#!/usr/bin/env bash
# A throw-away PostgreSQL cluster for the tests.
#
#   postgres.sh where       print the folder of initdb and pg_ctl; fails without
#   postgres.sh start DIR   start a cluster below DIR; prints its URL
#   postgres.sh stop DIR    stop it; the caller removes DIR
#
# The cluster listens on a free port of the loopback interface only and accepts
# anybody there: it holds nothing but what tests write. The server refuses to run
# as root, so root hands it to the user postgres, or else to nobody.
set -euo pipefail

die() { printf 'postgres: %s\n' "$*" >&2; exit 1; }

bindir() {
	local dir
	if command -v pg_config >/dev/null && dir=$(pg_config --bindir) && [[ -x $dir/initdb && -x $dir/pg_ctl ]]; then
		printf '%s\n' "$dir"
		return
	fi
	# Debian keeps one folder a version; take the newest.
	for dir in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
		if [[ -x $dir/initdb && -x $dir/pg_ctl ]]; then printf '%s\n' "$dir"; return; fi
	done
	if dir=$(command -v initdb) && [[ -x $(dirname "$dir")/pg_ctl ]]; then dirname "$dir"; return; fi
	return 1
}

owner() { if getent passwd postgres >/dev/null; then echo postgres; else echo nobody; fi; }

# as_owner runs a command as the user that owns the cluster.
as_owner() {
	if [[ $EUID -ne 0 ]]; then "$@"; return; fi
	setpriv --reuid="$(owner)" --regid="$(id -g "$(owner)")" --clear-groups -- env HOME=/ "$@"
}

# A port that nobody listens on now; start tries again when somebody was faster.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 30000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then printf '%s\n' "$port"; return; fi
	done
}

start() {
	local dir=$1 bin port try
	bin=$(bindir) || die "initdb was not found; run: make deps"
	mkdir -p "$dir/pg"
	chmod 755 "$dir"
	if [[ $EUID -eq 0 ]]; then chown "$(owner)" "$dir/pg"; fi
	cd /
	as_owner "$bin/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 ||
		{ cat "$dir/initdb.log" >&2; die "initdb failed."; }
	for try in 1 2 3 4 5; do
		port=$(free_port)
		# Durable as in production: the tests that kill the server rely on it.
		if as_owner "$bin/pg_ctl" -D "$dir/pg/data" -l "$dir/pg/server.log" -w -t 60 -s start -o \
			"-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=300" >&2 </dev/null; then
			printf 'postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable\n' "$port"
			return
		fi
	done
	cat "$dir/pg/server.log" >&2
	die "the cluster did not start."
}

stop() {
	local dir=$1 bin
	bin=$(bindir) || return 0
	if [[ -e $dir/pg/data/postmaster.pid ]]; then
		cd /
		as_owner "$bin/pg_ctl" -D "$dir/pg/data" -m immediate -w -s stop >&2 || true
	fi
}

case ${1:-} in
where) bindir ;;
start) start "$2" ;;
stop) stop "$2" ;;
*) die "usage: postgres.sh where | start DIR | stop DIR" ;;
esac
