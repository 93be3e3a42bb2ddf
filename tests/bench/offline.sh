#!/usr/bin/env bash
# offline.sh: flow accounting from pcap files, one core, CPU time of the whole
# process; run by bench.sh. The floor is a libpcap loop that only counts.
set -euo pipefail
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

runs=${RUNS:-5}
peer_runs=${PEER_RUNS:-1} # they take a minute each
millions=${PACKETS:-20}
tools="floor rawtop"
have softflowd softflowd && tools+=" softflowd"
have nfpcapd nfdump && tools+=" nfpcapd"

# In a session of its own: so it can be ended with all it has started, and
# softflowd, which signals its process group, ends nobody else.
finish() {
	[ -z "$child" ] || kill -KILL -- "-$child" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# cpu_of COMMAND…: its user and system seconds, its exit status.
cpu_of() {
	local status=0
	setsid taskset -c $(($(nproc) - 1)) /usr/bin/time -q \
		-o "$SCRATCH/time" -f '%U %S' "$@" \
		>"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null &
	child=$!
	wait "$child" || status=$?
	child=
	cpu=$(awk 'END {printf "%.2f", $1 + $2}' "$SCRATCH/time")
	[ "$status" -eq 0 ] || wrong_count \
		"$1 ended with status $status: $(tail -n 1 "$SCRATCH/err")"
}

run_tool() {
	local tool=$1 file=$2 flows=$3
	case $tool in
	floor) cpu_of "$bench/count_pcap" "$file" ;;
	rawtop) cpu_of "$rawtop" flows -r "$file" -o none --max-flows "$flows" \
		--stats-json "$SCRATCH/stats" ;;
	# As it comes, with room for 1 Mi: the longest idle are evicted.
	rawtop-1Mi) cpu_of "$rawtop" flows -r "$file" -o none \
		--stats-json "$SCRATCH/stats" ;;
	# With a control socket it would wait there at the end of the file.
	softflowd) cpu_of softflowd -r "$file" -d -m "$flows" \
		-p "$SCRATCH/pid" -c none ;;
	nfpcapd)
		rm -rf "$SCRATCH/nf"
		mkdir "$SCRATCH/nf"
		cpu_of nfpcapd -r "$file" -l "$SCRATCH/nf" -t 3600
		;;
	esac
	echo "$cpu" >>"$SCRATCH/$tool.cpu"
}

# check TOOL PACKETS FLOWS: did it count right?
check() {
	case $1 in
	floor) [ "$(cut -d' ' -f1 "$SCRATCH/out")" = "$2" ] ||
		wrong_count "the libpcap loop: $(cat "$SCRATCH/out")" ;;
	rawtop*)
		[ "$(json_number in_flows "$SCRATCH/stats")" = "$2" ] &&
			grep -q '"balanced":true' "$SCRATCH/stats" ||
			wrong_count "rawtop: not $2 packets in flows:" \
				"$(cat "$SCRATCH/stats")"
		[ -z "$3" ] ||
			[ "$(json_number added "$SCRATCH/stats")" = "$3" ] ||
			wrong_count "rawtop: not $3 flows:" \
				"$(json_number added "$SCRATCH/stats")"
		;;
	esac
}

print_mix() {
	local packets=$1 goal=$2 tool cpu floor best=
	floor=$(median_of 1 "$SCRATCH/floor.cpu")
	echo
	echo "| tool | CPU s | ns a packet | M packets a CPU second | x floor |"
	echo "|---|---|---|---|---|"
	for tool in $tools; do
		cpu=$(median_of 1 "$SCRATCH/$tool.cpu")
		awk -v t="$tool" -v p="$packets" -v f="$floor" -v c="$cpu" '
		BEGIN {printf "| %s | %.2f | %.1f | %.2f | %.2f |\n", t, c,
			c * 1e9 / p, p / c / 1e6, f / c}'
		[[ $tool == softflowd || $tool == nfpcapd ]] &&
			best=$(printf '%s\n' $best "$cpu" | sort -g | head -n 1)
	done
	cpu=$(median_of 1 "$SCRATCH/rawtop.cpu")
	echo
	echo "rawtop: $(ratio "$floor" "$cpu") x the floor (goal $goal)" \
		"${best:+and $(ratio "$best" "$cpu") x the faster peer}"
}

# mix NAME PACKETS SPEC FLOWS-EXPECTED MAX-FLOWS GOAL
mix() {
	local file="$SCRATCH/$1.pcap" tool r all=$tools
	[ "$1" = flood ] && local tools="$all rawtop-1Mi"
	"$BUILD/tests/port/mkpcap" "$3" "$file" &
	child=
	wait $!
	cat "$file" >/dev/null # into the page cache before it is timed
	echo
	echo "### $1: $2 packets ($3)"
	for tool in $tools; do
		: >"$SCRATCH/$tool.cpu"
	done
	for ((r = 0; r < runs; r++)); do
		for tool in $tools; do
			[[ $r -ge $peer_runs && $tool != floor &&
				$tool != rawtop* ]] && continue
			run_tool "$tool" "$file" "$5"
			check "$tool" "$2" "$4"
		done
	done
	print_mix "$2" "$6"
	rm -f "$file"
}

hot=$((millions * 1000000))
half=$((millions * 500000))
some=$((millions * 300000))
echo
echo "## Offline: flow accounting from a file"
echo
echo "One core, CPU time of the whole process, medians of $runs interleaved" \
	"runs (peers: $peer_runs), every tool with room for all flows. Floor:" \
	"a libpcap loop that only counts packets. Each mix twice: as large as" \
	"traffic is (650 bytes a packet in the mean, 335 in the flood), and" \
	"with the smallest packets there are."
mix hot "$some" "flows=1000,packets=$some,seed=1" "" 1048576 2.5
mix wide "$some" "flows=1000000,packets=$some,zipf=1.0,seed=2" "" 1048576 1.5
mix flood "$some" "flows=0,packets=$some,seed=3" \
	"$some" "$((some + some / 20))" 0.9
mix hot "$hot" "flows=1000,packets=$hot,size=64,segments=0,seed=1" \
	1000 1048576 2.5
mix wide "$half" \
	"flows=1000000,packets=$half,zipf=1.0,size=64,segments=0,seed=2" \
	"" 1048576 1.5
mix flood "$half" "flows=0,packets=$half,size=64,seed=3" \
	"$half" "$((half + half / 20))" 0.9
exit "$wrong"
