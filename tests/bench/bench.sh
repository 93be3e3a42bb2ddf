#!/usr/bin/env bash
# bench.sh BUILD [offline|live|inside]…: the measurements of rawtop against
# other tools, all in one run on this machine, as Markdown. Quote ratios, not
# figures: the absolute ones move with the machine. Fails only on wrong counts.
#   offline  flow accounting from pcap files, one core
#   live     over a veth pair between two network namespaces, two cores
#   inside   ring, decoder, table, rows and redraw of the screen, idle cost
# Environment: RUNS (of each rawtop measurement), PEER_RUNS (of each offline
# peer, 1), PACKETS (millions in the largest file, 20), SECONDS_LIVE (4),
# SCRATCH_ROOT (where there are 5 GiB of room, /var/tmp).
# Leaves nothing behind: the live part has namespaces of its own for network
# and processes, which end with it, and all files are in one directory.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
if [ $# -lt 1 ] || [ ! -x "$1/rawtop" ]; then
	echo "usage: bench.sh BUILD [offline|live|inside]… (BUILD has rawtop)" >&2
	exit 2
fi
BUILD=$(cd "$1" && pwd)
shift
parts=("$@")
[ $# -gt 0 ] || parts=(offline live inside)
for part in "${parts[@]}"; do
	case $part in
	offline | live | inside) ;;
	*)
		echo "bench.sh: no part $part: offline, live or inside" >&2
		exit 2
		;;
	esac
done
SCRATCH=$(mktemp -d "${SCRATCH_ROOT:-/var/tmp}/rawtop-bench.XXXXXX")
export BUILD SCRATCH
running=
spaces=
wrong=0

cleanup() {
	# Each part ends what it has started; unshare, which does not hear of
	# TERM, takes its namespace with it.
	[ -z "$running" ] || kill -TERM "$running" 2>/dev/null || true
	[ -z "$spaces" ] || kill -KILL "$running" 2>/dev/null || true
	[ -z "$running" ] || wait "$running" 2>/dev/null || true
	rm -rf "$SCRATCH"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# In the background, so that a signal is answered at once.
run() {
	local status=0
	"$@" </dev/null &
	running=$!
	wait "$running" || status=$?
	running=
	[ "$status" -eq 0 ] || wrong=1
}

machine() {
	echo "Machine: $(awk -F': ' '/model name/ {print $2; exit}' \
		/proc/cpuinfo), $(nproc) cores," \
		"$(awk '/MemTotal/ {printf "%.0f GiB", $2 / 1048576}' \
			/proc/meminfo), Linux $(uname -r | cut -d. -f1,2)," \
		"load $(cut -d' ' -f1 /proc/loadavg) at the start."
	echo "$("$BUILD/rawtop" --version | head -n 1)."
}

room_for_files() {
	local room_kib
	room_kib=$(df -Pk "$SCRATCH" | awk 'END {print $4}')
	[ "$room_kib" -ge $((${PACKETS:-20} * 220000)) ] && return
	echo
	echo "(offline left out: $room_kib KiB of room at ${SCRATCH%/*}; give" \
		"SCRATCH_ROOT=DIRECTORY with more, or fewer PACKETS)"
	return 1
}

# A namespace of processes ends with its first, however that ends.
live() {
	local apart=(--net --mount --pid --fork --kill-child --mount-proc)
	[ "$(id -u)" -eq 0 ] || apart+=(--user --map-root-user)
	if [ "$(nproc)" -lt 2 ]; then
		echo
		echo "(live left out: it needs two cores)"
	elif ! unshare "${apart[@]}" true 2>"$SCRATCH/err"; then
		echo
		echo "(live left out: no network namespace may be made here" \
			"($(cat "$SCRATCH/err")): run it as root, or allow" \
			"unprivileged user namespaces)"
	else
		spaces=yes
		run unshare "${apart[@]}" "$here/live.sh"
		spaces=
	fi
}

machine
for part in "${parts[@]}"; do
	case $part in
	offline) ! room_for_files || run "$here/offline.sh" ;;
	live) live ;;
	inside) run "$here/inside.sh" ;;
	esac
done
echo
if [ "$wrong" -eq 0 ]; then
	echo "All counts right, $((SECONDS / 60)) min $((SECONDS % 60)) s."
else
	echo "Wrong counts: see above."
fi
exit "$wrong"
