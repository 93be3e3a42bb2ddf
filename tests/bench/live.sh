#!/usr/bin/env bash
# live.sh: rawtop, tcpdump and softflowd under a load over a veth pair; run by
# bench.sh, as the first process of a namespace of its own for network and
# processes: whatever it starts ends with it. The sender is on the first core
# and does the kernel's work of delivery there, the tool is on the last.
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

runs=${RUNS:-3}
seconds=${SECONDS_LIVE:-4}
last=$(($(nproc) - 1))
filter="udp port 9000"
foreign=02:00:00:00:00:02 # so that this machine's IP does not work too
peers=tcpdump
have softflowd softflowd && peers+=" softflowd"
trap 'exit 130' INT TERM HUP

setup() {
	local i
	unshare --net sleep infinity </dev/null >/dev/null 2>&1 &
	tx_pid=$!
	for ((i = 0; i < 50; i++)); do
		[ "$(readlink /proc/$tx_pid/ns/net)" != \
			"$(readlink /proc/self/ns/net)" ] && break
		sleep 0.1
	done
	ip link add tx0 type veth peer name rx0
	ip link set tx0 netns "$tx_pid"
	ip link set lo up
	ip link set rx0 up
	ip addr add 10.1.0.2/16 dev rx0
	nsenter -t "$tx_pid" -n ip link set tx0 up
	own=$(ip link show rx0 | awk '/link.ether/ {print $2}')
	sleep 1
}

# What the veth pair itself has dropped.
link_drops() {
	awk '$1 == "tx0:" {print $13}' "/proc/$tx_pid/net/dev"
}

# load RATE FLOWS MAC [SECONDS]: sets sent, got (the rate) and link
# (what the pair dropped).
load() {
	local before
	before=$(link_drops)
	read -r sent got < <(nsenter -t "$tx_pid" -n taskset -c 0 \
		"$bench/blast" tx0 "$(awk -v r="$1" -v s="${4:-$seconds}" \
			'BEGIN {printf "%.0f", (r > 2e6 ? 1e6 : r) * s}')" \
		"$1" "$2" "$3")
	link=$(($(link_drops) - before))
}

# measure RATE FLOWS MAC [SECONDS]: the load; sets cpu, the tool's meanwhile.
# Before that a third of a second of it, so that memory is touched and flows
# are known: what is measured is the steady state.
measure() {
	local before warm_sent warm_link
	load "$1" "$2" "$3" 0.35
	warm_sent=$sent warm_link=$link
	sleep 0.3
	before=$(cpu_ns "$tool")
	load "$@"
	timed=$sent
	sleep 1.3 # libpcap gets the last block after a second
	cpu=$(($(cpu_ns "$tool") - before))
	sent=$((sent + warm_sent))
	link=$((link + warm_link))
}

# await FILE: until a socket is in that list of the kernel's.
await() {
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(wc -l <"$1")" -gt 1 ] && break
		kill -0 "$tool" 2>/dev/null || break
		sleep 0.05
	done
	sleep 0.5
}

end_tool() {
	kill -TERM "$tool" 2>/dev/null || true
	wait "$tool" 2>/dev/null || true
}

# Each tool: run it beside the load; sets seen, kernel (dropped there) and
# inside (dropped by the tool).
with_tcpdump() {
	taskset -c "$last" tcpdump -Z root -i rx0 -w /dev/null $filter \
		</dev/null >"$SCRATCH/out" 2>"$SCRATCH/err" &
	tool=$!
	await /proc/net/packet
	measure "$@"
	end_tool
	seen=$(awk '/packets captured/ {print $1}' "$SCRATCH/err")
	kernel=$(awk '/dropped by kernel/ {print $1}' "$SCRATCH/err")
	inside=0
}

# In a session of its own: it signals its process group when it ends.
with_softflowd() {
	setsid taskset -c "$last" softflowd -i rx0 -d -m 100000 \
		-p "$SCRATCH/pid" -c "$SCRATCH/ctl" $filter \
		</dev/null >"$SCRATCH/out" 2>"$SCRATCH/err" &
	tool=$!
	await /proc/net/packet
	measure "$@"
	softflowctl -c "$SCRATCH/ctl" statistics >"$SCRATCH/stats" || true
	end_tool
	seen=$(awk '/Packets processed/ {print $3}' "$SCRATCH/stats")
	kernel=$(awk '/dropped by libpcap/ {print $5}' "$SCRATCH/stats")
	inside=0
}

# flows VANTAGE SOURCE-LABEL LIST RATE …
flows() {
	local vantage=$1 label=$2 list=$3
	shift 3
	rm -f "$SCRATCH/stats"
	taskset -c "$last" "$rawtop" flows -i rx0 -p udp -o none \
		--vantage "$vantage" --stats-json "$SCRATCH/stats" $filter \
		</dev/null >"$SCRATCH/out" 2>"$SCRATCH/err" &
	tool=$!
	await "$list"
	measure "$@"
	end_tool
	seen=$(json_source "$label" delivered "$SCRATCH/stats")
	kernel=$(json_source "$label" dropped_kernel "$SCRATCH/stats")
	inside=$(($(json_source "$label" dropped_ring "$SCRATCH/stats") +
		$(json_source "$label" shed "$SCRATCH/stats")))
	check "rawtop, $vantage" "$2"
	grep -q '"balanced":true' "$SCRATCH/stats" ||
		wrong_count "rawtop, $vantage: the account does not balance"
}

with_rawtop() {
	flows wire wire /proc/net/packet "$@"
}

with_host() {
	flows host host /proc/net/raw "$@"
}

with_both() {
	flows both wire /proc/net/packet "$@"
}

with_screen() {
	screen_start -i rx0 --vantage wire "$filter"
	await /proc/net/packet
	sleep 0.5
	measure "$@"
	tmux send-keys 6
	sleep 1
	tmux capture-pane -p | tr -d , >"$SCRATCH/health"
	screen_stop
	seen=$(sed -n 's/.*seen [0-9]* = delivered \([0-9]*\).*/\1/p' \
		"$SCRATCH/health")
	kernel=$(sed -n 's/.*drop kernel \([0-9]*\).*/\1/p' "$SCRATCH/health")
	inside=$(sed -n 's/.*drop ring \([0-9]*\).*/\1/p' "$SCRATCH/health")
	if [ -z "$seen" ]; then
		wrong_count "the health view shows no count"
		seen=0 kernel=0 inside=0
	fi
	check "rawtop, screen" "$2"
}

# check NAME FLOWS: every packet that was sent is somewhere in the account,
# and when none was lost there are as many flows as in the load.
check() {
	[ $((seen + kernel + inside + link)) -eq "$sent" ] ||
		wrong_count "$1: $seen seen + $kernel + $inside + $link" \
			"dropped are not the $sent sent"
	[ "$1" = "rawtop, screen" ] || [ $((kernel + inside + link)) -gt 0 ] ||
		[ "$(json_number added "$SCRATCH/stats")" = "$2" ] ||
		wrong_count "$1: $(json_number added "$SCRATCH/stats")" \
			"flows, not $2"
}

# note NAME: one line to the file of that name: CPU ns a packet, what came.
note() {
	awk -v c="$cpu" -v t="$timed" -v s="$sent" -v l="$link" -v k="${kernel:-0}" \
		-v i="${inside:-0}" -v n="${seen:-0}" -v g="$got" \
		'BEGIN {printf "%.2f %d %d %d %d %d %d %.3f\n",
			c / t, s, n, l, k, i, g, 100 * n / s}' >>"$SCRATCH/row.$1"
}

row_head() {
	echo
	echo "| tool | offered | seen | dropped: link | kernel | tool |" \
		"received | CPU s a million |"
	echo "|---|---|---|---|---|---|---|---|"
}

# row NAME LABEL: its median run.
row() {
	median_row 1 "$SCRATCH/row.$1" | awk -v n="$2" '{
		printf "| %s | %d | %d | %d | %d | %d | %.2f %% | %.3f |\n",
			n, $2, $3, $4, $5, $6, $8, $1 / 1e3}'
}

cost() {
	median_of 1 "$SCRATCH/row.$1"
}

# The highest rate where tcpdump loses nothing; sets rate.
find_rate() {
	local i
	most=0
	for i in 1 2 3; do
		with_tcpdump 9e6 1 $foreign 2
		[ "$got" -le "$most" ] || most=$got
	done
	rate=$((got * 95 / 100 / 10000 * 10000))
	with_tcpdump "$rate" 1 $foreign
	while [ "${seen:-0}" -lt "$sent" ] && [ "$rate" -gt 100000 ]; do
		rate=$((rate * 9 / 10))
		with_tcpdump "$rate" 1 $foreign
	done
	echo
	echo "Rate: $rate packets/s, where \`tcpdump -w /dev/null\` loses" \
		"nothing; the sender's core cannot do more than $most."
}

compare() {
	local n=$1 r tool_name
	rm -f "$SCRATCH"/row.*
	for ((r = 0; r < runs; r++)); do
		for tool_name in $peers rawtop screen; do
			"with_$tool_name" "$rate" "$n" $foreign
			note "$tool_name"
		done
	done
	row_head
	row tcpdump "tcpdump -w /dev/null"
	[[ $peers != *softflowd* ]] || row softflowd "softflowd"
	row rawtop "rawtop flows (wire)"
	row screen "rawtop with its screen"
	echo
	echo "rawtop flows: $(ratio "$(cost rawtop)" "$(cost tcpdump)") of" \
		"tcpdump's CPU (goal 0.5)," \
		"$(ratio "$(cost rawtop)" "$(cost softflowd)") of softflowd's" \
		"(goal 0.3); the screen costs" \
		"$(ratio "$(cost screen)" "$(cost rawtop)") of that (goal 1.10)"
}

# The host's and both vantages, each at several rates.
host_curve() {
	local which at
	echo
	echo "### Raw sockets: the host vantage, and both"
	row_head
	for which in host both; do
		for at in 10000 50000 100000 200000 400000; do
			rm -f "$SCRATCH/row.$which"
			"with_$which" "$at" 64 "$own" 2
			note "$which"
			row "$which" "rawtop flows ($which), $((at / 1000)) k/s"
			[ "$which" = both ] || continue
			seen=$(json_source host delivered "$SCRATCH/stats")
			echo "| … its host source | $sent | $seen | |" \
				"$(json_source host dropped_kernel \
					"$SCRATCH/stats") |" \
				"$(json_source host shed "$SCRATCH/stats") |" \
				"$(awk -v a="$seen" -v b="$sent" \
					'BEGIN {printf "%.2f", 100 * a / b}') % | |"
		done
	done
}

loss_curve() {
	local at tool_name
	rm -f "$SCRATCH"/row.*
	for at in 200000 400000 600000 800000 1000000 1200000 9000000; do
		for tool_name in rawtop $peers; do
			"with_$tool_name" "$at" 20000 $foreign 2
			note "$tool_name"
		done
	done
	echo
	echo "### Loss over rate, 20 000 flows (the last: as fast as it goes)"
	for tool_name in rawtop $peers; do
		echo
		echo '```'
		awk -v n="$tool_name" '
		BEGIN {
			printf "%-10s offered    received  (0 to 100 %%)\n", n
		}
		{
			bar = substr("########################################",
				1, int($8 * 40 / 100 + 0.5))
			printf "%10d packets/s |%-40s| %6.2f %%, lost: link %d" \
				", kernel %d, tool %d; %.3f CPU s/M\n", $7, bar,
				$8, $4, $5, $6, $1 / 1e3
		}' "$SCRATCH/row.$tool_name"
		echo '```'
	done
}

idle() {
	local before after
	screen_start -i rx0
	sleep 3
	before=$(cpu_ns "$tool")
	sleep 10
	after=$(cpu_ns "$tool")
	screen_stop
	echo
	echo "Idle with the screen open, both vantages, all protocols:" \
		"$(awk -v n=$((after - before)) \
			'BEGIN {printf "%.2f", n / 1e8}') % of a core (goal 1)"
}

if ! have tcpdump tcpdump || ! have tmux tmux || ! have ip iproute2; then
	exit 0
fi
echo
echo "## Live: 64-byte packets over veth, sender and receiver on two cores"
setup
find_rate
for flows_in_load in 1 20000; do
	echo
	echo "### $flows_in_load flows in the load, medians of $runs" \
		"interleaved runs of $seconds s"
	compare "$flows_in_load"
	[ "$flows_in_load" -eq 1 ] && one=$(cost rawtop)
done
echo
echo "rawtop flows with 20 000 flows: $(ratio "$(cost rawtop)" "$one") of what" \
	"it costs with one"
host_curve
loss_curve
idle
exit "$wrong"
