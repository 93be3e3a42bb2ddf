# lib.sh: what the parts of the benchmark share; sourced by each of them, with
# BUILD (the build directory) and SCRATCH (a directory of this run's) set.
# shellcheck shell=bash

rawtop=$BUILD/rawtop
bench=$BUILD/tests/bench
export TMUX_TMPDIR=$SCRATCH
wrong=0
child=

wrong_count() {
	echo "WRONG COUNT: $*"
	wrong=1
}

have() {
	command -v "$1" >/dev/null && return
	echo
	echo "(left out: $1 is not installed; ./dev bench installs it," \
		"as does: apt-get install $2)"
	return 1
}

# The last core gets what is measured.
on_last_core() {
	local last=$(($(nproc) - 1))

	if [ "$last" -gt 0 ]; then
		taskset -c "$last" "$@"
	else
		"$@"
	fi
}

# field N FILE: the median of its column N.
median_of() {
	sort -g -k "$1,$1" "$2" |
		awk -v n="$1" '{a[NR] = $n} END {print a[int((NR + 1) / 2)]}'
}

# row N FILE: the whole line that has the median in column N.
median_row() {
	sort -g -k "$1,$1" "$2" |
		awk '{a[NR] = $0} END {print a[int((NR + 1) / 2)]}'
}

# ratio A B: A / B with two digits.
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", b ? a / b : 0}'
}

# json_number NAME FILE: the first number of that name, or 0.
json_number() {
	local n
	n=$(grep -o "\"$1\":[0-9]*" "$2" 2>/dev/null | head -n 1 | cut -d: -f2)
	echo "${n:-0}"
}

# json_source LABEL NAME FILE: that number of the source whose name begins so.
json_source() {
	sed "s/.*{\"source\":\"$1[^\"]*\",\([^}]*\)}.*/\1/" "$3" >"$SCRATCH/one"
	json_number "$2" "$SCRATCH/one"
}

# A process and all below it.
process_tree() {
	local pid
	echo "$1"
	for pid in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		process_tree "$pid"
	done
}

# The CPU time of the whole tree, user and system. It is what /proc/PID/stat
# sums up in ticks of 10 ms, but in ns.
cpu_ns() {
	local pid
	for pid in $(process_tree "$1"); do
		cat /proc/"$pid"/task/*/schedstat 2>/dev/null
	done | awk '{s += $1} END {printf "%.0f\n", s}'
}

# The screen in a terminal of 120 columns and 40 rows; sets tool.
screen_start() {
	tmux -f /dev/null new-session -d -x 120 -y 40 \
		"exec taskset -c $(($(nproc) - 1)) $rawtop $* 2>$SCRATCH/err"
	sleep 0.5
	tool=$(tmux list-panes -F '#{pane_pid}' 2>/dev/null) && return
	echo "the screen did not start: $(cat "$SCRATCH/err")"
	return 1
}

screen_stop() {
	tmux send-keys q 2>/dev/null || true
	sleep 0.5
	tmux kill-server 2>/dev/null || true
}
