#!/usr/bin/env bash
# bench.sh BUILD [offline|live|inside]…: the measurements of rawtop against
# other tools, all in one run on this machine. Quote ratios, not figures: the
# absolute ones move with the machine. Fails only on wrong counts.
#   offline  flow accounting from pcap files, one core
#   live     over a veth pair between two network namespaces (needs root)
#   inside   ring, decoder, table, rows of the screen, idle cost
# Environment: RUNS (3), PACKETS (millions in the hot file, 20), SECONDS_LIVE
# (5), SCRATCH (a directory with 4 GiB of room).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
shift
parts=${*:-offline live inside}
runs=${RUNS:-3}
millions=${PACKETS:-20}
seconds=${SECONDS_LIVE:-5}
scratch=$(mktemp -d "${SCRATCH:-/var/tmp}/rawtop-bench.XXXXXX")
rawtop=$build/rawtop
wrong=0
children=()

cleanup() {
	local pid
	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	ip netns del rawtop-tx 2>/dev/null || true
	ip netns del rawtop-rx 2>/dev/null || true
	rm -rf "$scratch"
}
trap cleanup EXIT

median() {
	sort -g | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'
}

# cpu_of COMMAND…: its user + system seconds; its output goes to $scratch/out.
cpu_of() {
	/usr/bin/time -o "$scratch/time" -f '%U %S %M' "$@" \
		>"$scratch/out" 2>"$scratch/err" || true
	awk 'END {printf "%.3f %d\n", $1 + $2, $3}' "$scratch/time"
}

wrong_count() {
	echo "WRONG COUNT: $*"
	wrong=1
}

json_number() {
	# json_number NAME FILE: the first number of that name.
	grep -o "\"$1\":[0-9]*" "$2" | head -n 1 | cut -d: -f2
}

machine() {
	echo "machine: $(uname -sr), $(nproc) cores," \
		"$(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)"
	echo "rawtop:  $("$rawtop" --version | head -n 1)"
}

# --- offline ----------------------------------------------------------------

offline_row() {
	# offline_row NAME PACKETS FLOOR_CPU CPU KIB
	awk -v n="$1" -v p="$2" -v f="$3" -v c="$4" -v k="$5" 'BEGIN {
		printf "  %-22s %8.3f s  %7.2f M packets/s  %6.2f x floor  %6d MiB\n",
			n, c, p / c / 1e6, f / c, k / 1024 }'
}

offline_tool() {
	local tool=$1 file=$2
	case $tool in
	floor) cpu_of "$build/tests/bench/count_pcap" "$file" ;;
	rawtop) cpu_of "$rawtop" flows -r "$file" -o none --max-flows 12M \
		--stats-json "$scratch/stats" ;;
	softflowd) cpu_of softflowd -r "$file" -d -m 12000000 \
		-p "$scratch/pid" -c "$scratch/ctl" ;;
	nfpcapd)
		rm -rf "$scratch/nf"
		mkdir "$scratch/nf"
		cpu_of nfpcapd -r "$file" -l "$scratch/nf" -t 3600
		;;
	esac
}

offline_mix() {
	local mix=$1 packets=$2 spec=$3 file="$scratch/$1.pcap" tool r
	"$build/tests/port/mkpcap" "$spec" "$file"
	cat "$file" >/dev/null # into the page cache before it is timed
	echo "$mix: $packets packets ($spec), $runs runs, medians of CPU time"
	for tool in floor rawtop softflowd nfpcapd; do
		: >"$scratch/$tool.cpu"
	done
	for ((r = 0; r < runs; r++)); do
		for tool in floor rawtop softflowd nfpcapd; do
			# The slow peers are timed once.
			[[ $r -gt 0 && $tool == *f*p*d ]] && continue
			[[ $r -gt 0 && $tool == softflowd ]] && continue
			offline_tool "$tool" "$file" >>"$scratch/$tool.cpu"
			if [[ $tool == rawtop &&
				$(json_number in_flows "$scratch/stats") != "$packets" ]]; then
				wrong_count "rawtop, $mix"
			fi
		done
	done
	local floor kib cpu
	floor=$(awk '{print $1}' "$scratch/floor.cpu" | median)
	for tool in floor rawtop softflowd nfpcapd; do
		cpu=$(awk '{print $1}' "$scratch/$tool.cpu" | median)
		kib=$(awk '{print $2}' "$scratch/$tool.cpu" | median)
		offline_row "$tool" "$packets" "$floor" "$cpu" "$kib"
	done
	rm -f "$file"
}

bench_offline() {
	local hot=$((millions * 1000000)) half=$((millions * 500000))
	echo
	echo "## Offline: flow accounting from a file, CPU time of the process"
	echo "(floor: a libpcap loop that only counts packets)"
	offline_mix hot "$hot" "flows=1000,packets=$hot,size=64,segments=0,seed=1"
	offline_mix wide "$half" "flows=1000000,packets=$half,zipf=1.0,size=64,segments=0,seed=2"
	offline_mix flood "$half" "flows=0,packets=$half,size=64,seed=3"
}

# --- live -------------------------------------------------------------------

live_setup() {
	ip netns add rawtop-tx
	ip netns add rawtop-rx
	ip -n rawtop-tx link add tx0 type veth peer name rx0 netns rawtop-rx
	ip -n rawtop-tx link set tx0 up
	ip -n rawtop-rx link set rx0 up
	ip -n rawtop-rx addr add 10.1.0.2/16 dev rx0
	ip -n rawtop-rx link set lo up
	rx_mac=$(ip -n rawtop-rx link show rx0 | awk '/link.ether/ {print $2}')
}

# live_run NAME RATE FLOWS COMMAND…: the load beside the command; sets cpu and
# sent. The command runs on core 1, the sender on core 0.
live_run() {
	local rate=$2 flows=$3 pid before after
	shift 3
	ip netns exec rawtop-rx taskset -c 1 "$@" \
		>"$scratch/live.out" 2>"$scratch/live.err" &
	pid=$!
	children+=("$pid")
	sleep 1.5
	before=$(cpu_ticks "$pid")
	sent=$(ip netns exec rawtop-tx taskset -c 0 "$build/tests/bench/blast" \
		tx0 $((rate * seconds)) "$rate" "$flows" "$rx_mac" |
		cut -d' ' -f1)
	sleep 0.5
	after=$(cpu_ticks "$pid")
	kill -INT $(live_leaf "$pid") 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	cpu=$(awk -v t=$((after - before)) -v h="$(getconf CLK_TCK)" \
		'BEGIN {printf "%.2f", t / h}')
}

# A process and all below it.
live_tree() {
	local pid
	echo "$1"
	for pid in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		live_tree "$pid"
	done
}

# The one that does the work: ip and taskset have replaced themselves.
live_leaf() {
	echo "$1"
}

cpu_ticks() {
	local pid sum=0 t
	for pid in $(live_tree "$1"); do
		t=$(awk '{print $14 + $15}' "/proc/$pid/stat" 2>/dev/null || echo 0)
		sum=$((sum + ${t:-0}))
	done
	echo "$sum"
}

live_row() {
	# live_row NAME SENT RECEIVED CPU
	awk -v n="$1" -v s="$2" -v r="$3" -v c="$4" 'BEGIN {
		printf "  %-26s %9d sent  %6.2f %% received  %.3f CPU s/M\n",
			n, s, 100 * r / s, c / (s / 1e6) }'
}

live_tcpdump() {
	live_run tcpdump "$1" "$2" tcpdump -i rx0 -w /dev/null udp port 9000
	received=$(awk '/packets captured/ {print $1}' "$scratch/live.err")
}

live_rawtop() {
	# live_rawtop RATE FLOWS OPTION…
	local rate=$1 flows=$2
	shift 2
	live_run rawtop "$rate" "$flows" "$rawtop" flows -i rx0 -o none \
		--stats-json "$scratch/stats" "$@"
	received=$(json_number in_flows "$scratch/stats")
}

live_find_rate() {
	local rate
	for rate in 1600000 1400000 1200000 1000000 800000 600000 400000; do
		live_tcpdump "$rate" 1
		if [[ $received -ge $sent ]]; then
			echo "$rate"
			return
		fi
	done
	echo 200000
}

live_compare() {
	local flows=$1
	live_tcpdump "$rate" "$flows"
	live_row "tcpdump -w /dev/null" "$sent" "$received" "$cpu"
	live_rawtop "$rate" "$flows" --vantage wire udp port 9000
	live_row "rawtop flows (wire)" "$sent" "$received" "$cpu"
	[[ $received -le $sent ]] || wrong_count "rawtop live"
	live_run softflowd "$rate" "$flows" softflowd -i rx0 -d -m 100000 \
		-p "$scratch/pid" -c "$scratch/ctl" udp port 9000
	received=$(awk '/packets received by libpcap|Number of packets/ \
		{print $NF}' "$scratch/live.err" | head -n 1)
	live_row "softflowd" "$sent" "${received:-0}" "$cpu"
	live_screen "$rate" "$flows"
}

live_screen() {
	live_run screen "$1" "$2" script -qec \
		"stty cols 120 rows 40; exec $rawtop -i rx0 --vantage wire udp port 9000" \
		/dev/null
	live_row "rawtop with its screen" "$sent" "$sent" "$cpu"
}

live_loss_curve() {
	local rate
	echo "loss over rate, 64 flows (packets/s offered: share lost by stage)"
	for rate in 200000 400000 800000 1200000 1600000 2000000; do
		live_rawtop "$rate" 64 --vantage wire udp port 9000
		awk -v o="$rate" -v s="$sent" -v r="$received" \
			-v k="$(json_number dropped_kernel "$scratch/stats")" \
			-v c="$cpu" 'BEGIN {printf "  %8d  received %6.2f %%  kernel %6.2f %%  %.3f CPU s/M\n",
			o, 100 * r / s, 100 * k / s, c / (s / 1e6)}'
	done
}

live_host() {
	live_rawtop 150000 64 --vantage host -p udp udp port 9000
	live_row "rawtop flows (host, 150 k/s)" "$sent" "$received" "$cpu"
}

bench_live() {
	if [ "$(id -u)" -ne 0 ]; then
		echo
		echo "## Live: skipped, needs root for network namespaces"
		return
	fi
	echo
	echo "## Live: 64-byte packets over veth, sender and receiver on two cores"
	live_setup
	rate=$(live_find_rate)
	echo "rate: $rate packets/s, where tcpdump -w /dev/null loses nothing;" \
		"$seconds s each"
	echo "one flow:"
	live_compare 1
	echo "20 000 flows:"
	live_compare 20000
	live_host
	live_loss_curve
}

# --- inside -----------------------------------------------------------------

bench_idle() {
	local pid before after
	"$rawtop" flows --made rate_packets=1,flows=1 -o none \
		2>/dev/null &
	pid=$!
	children+=("$pid")
	sleep 1
	before=$(cpu_ticks "$pid")
	sleep 10
	after=$(cpu_ticks "$pid")
	kill -INT "$pid"
	wait "$pid" || true
	awk -v t=$((after - before)) -v h="$(getconf CLK_TCK)" \
		'BEGIN {printf "idle engine: %.2f %% of a core\n", t / h / 10 * 100}'
}

bench_inside() {
	local program
	echo
	echo "## Inside"
	for program in pipe/bench_ring wire/bench_decode flow/bench_table \
		flow/bench_topk; do
		[ -x "$build/tests/$program" ] && "$build/tests/$program"
	done
	bench_idle
}

machine
for part in $parts; do
	"bench_$part"
done
exit "$wrong"
