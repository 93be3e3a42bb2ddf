#!/usr/bin/env bash
# Who holds what while traffic flows: the parsing process nothing, the helper
# what opening sockets needs; and neither outlives the other.
srcdir=${srcdir:-.}
. "$srcdir/tests/live/lib.sh"
enter_namespaces "$@"
make_network

status_of() {
	awk -v f="$2:" '$1 == f {print $2}' "/proc/$1/status"
}

# The helper is the child of the process that was started.
helper_of() {
	local pid
	for pid in $(cat /proc/"$1"/task/*/children); do
		[ "$(cat "/proc/$pid/comm")" = rawtop-priv ] && echo "$pid"
	done
}

is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: $2, not $3"
	fi
}

gone_within_2_s() {
	for _ in $(seq 100); do
		[ -d "/proc/$1" ] || return 0
		[ "$(awk '$1 == "State:" {print $2}' "/proc/$1/status" \
			2>/dev/null)" = Z ] && return 0
		sleep 0.02
	done
	return 1
}

start_flows -i left0
in_left python3 -c "$send_udp" 10.7.1.1 9 20 100 &
children+=($!)
sleep 0.3
helper=$(helper_of "$flows_pid")
none=0000000000000000
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "the parsing process has $set empty" \
		"$(status_of "$flows_pid" "$set")" "$none"
done
is "the parsing process cannot gain privileges" \
	"$(status_of "$flows_pid" NoNewPrivs)" 1
is "the helper cannot gain privileges" "$(status_of "$helper" NoNewPrivs)" 1
# CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13.
is "the helper holds CAP_NET_RAW and CAP_NET_ADMIN alone" \
	"$(status_of "$helper" CapEff)" 0000000000003000
for pid in "$flows_pid" $(ls "/proc/$flows_pid/task"); do
	is "no thread of it holds a capability ($pid)" \
		"$(status_of "$flows_pid/task/$pid" CapEff 2>/dev/null ||
			echo $none)" "$none"
done
stop_flows
is "it ends well" "$flows_status" 0
grep -q "helper ended" "$scratch/flows.err" &&
	not_ok "and says that the helper ended first" ||
	ok "and the helper not before it"
gone_within_2_s "$helper" && ok "the helper ends with it" ||
	not_ok "the helper outlives it"

start_flows -i left0
helper=$(helper_of "$flows_pid")
kill -KILL "$flows_pid"
wait "$flows_pid" 2>/dev/null
gone_within_2_s "$helper" && ok "the helper ends when its parent is killed" ||
	not_ok "the helper outlives its killed parent"

start_flows -i left0
helper=$(helper_of "$flows_pid")
kill -KILL "$helper"
sleep 1.2
in_left python3 -c "$send_udp" 10.7.1.1 9 5 100
stop_flows
grep -q "helper" "$scratch/flows.err" && ok "a killed helper is said" ||
	not_ok "a killed helper is not said"
tail -n 1 "$scratch/flows.err" | grep -q "helper ended before the run" &&
	ok "and stands below the account" ||
	not_ok "and does not stand below the account"
expect "and the open sockets went on" "total('packets', dport=9) == 5"

# A file is read without privilege too: an input that is still open.
mkfifo "$scratch/fifo"
start_flows -r "$scratch/fifo"
for set in CapPrm CapEff CapBnd; do
	is "the process that reads a file has $set empty" \
		"$(status_of "$flows_pid" "$set")" "$none"
done
stop_flows
done_testing
