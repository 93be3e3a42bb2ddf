#!/usr/bin/env bash
# inside.sh: what rawtop's parts cost by themselves: ring, decoder, flow table,
# rows and redraw of the screen, idle; run by bench.sh. Needs no privilege.
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

trap 'screen_stop >/dev/null 2>&1' EXIT
trap 'exit 130' INT TERM HUP

# The main thread draws; each time it has drawn it waits once.
drawn() {
	awk '/^voluntary/ {print $2}' "/proc/$tool/task/$tool/status"
}

drawing_ns() {
	awk '{print $1}' "/proc/$tool/task/$tool/schedstat"
}

# redraw FLOWS: CPU of the main thread per redraw, rows in order of rate.
redraw() {
	local n=$1 draws ns anon live
	# Flows are picked at random: after eight packets each all but three in
	# ten thousand have had one.
	screen_start --made \
		"flows=$n,rate_packets=800000,zipf=0,size=64,segments=0"
	sleep 12
	draws=$(drawn)
	ns=$(drawing_ns)
	sleep 8
	draws=$(($(drawn) - draws))
	ns=$(($(drawing_ns) - ns))
	anon=$(awk '/RssAnon/ {print $2}' "/proc/$tool/status")
	live=$(tmux capture-pane -p | head -n 1 | tr -d , |
		sed -n 's/.* \([0-9]*\) flows.*/\1/p')
	screen_stop
	[ "${live:-0}" -le "$n" ] &&
		[ "${live:-0}" -ge $((n - n / 100)) ] || wrong_count "the screen shows ${live:-0}" \
		"flows of $n"
	awk -v n="$n" -v d="$draws" -v t="$ns" -v k="$anon" 'BEGIN {
		printf "| %d | %d | %.2f | %.0f | %.0f |\n", n, d, t / d / 1e6,
			k / 1024, k * 1024 / n}'
}

idle() {
	local before after
	screen_start --made rate_packets=1,flows=1
	sleep 2
	before=$(cpu_ns "$tool")
	sleep 10
	after=$(cpu_ns "$tool")
	screen_stop
	echo
	echo "Idle, one made packet a second, screen open:" \
		"$(awk -v n=$((after - before)) \
			'BEGIN {printf "%.2f", n / 1e8}') % of a core (goal 1)"
}

echo
echo "## Inside"
for program in pipe/bench_ring wire/bench_decode flow/bench_table \
	flow/bench_topk; do
	echo
	echo "### $program"
	echo '```'
	"$BUILD/tests/$program" 2>&1 || wrong_count "$program failed"
	echo '```'
done
if have tmux tmux; then
	echo
	echo "### Redraw of the whole screen, 120 x 40, live flows"
	echo
	echo "| flows | redraws | CPU ms a redraw | MiB resident | bytes a flow |"
	echo "|---|---|---|---|---|"
	redraw 1000
	redraw 1000000
	idle
fi
exit "$wrong"
