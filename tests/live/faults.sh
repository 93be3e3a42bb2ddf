#!/usr/bin/env bash
# What goes wrong while rawtop watches: each has a message and a status, and
# nothing is lost silently.
srcdir=${srcdir:-.}
. "$srcdir/tests/live/lib.sh"
enter_namespaces "$@"
make_network
listen_here 8888

said() {
	# said PROMISE PATTERN FILE
	if grep -qiE "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1: $(head -c 400 "$3")"
	fi
}

status_is() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1: status $2, not $3"
	fi
}

# An interface that vanishes and comes back, and another that stays.
start_flows -i left0 -i right0 --vantage wire
in_left python3 -c "$send_udp" 10.7.1.1 8888 10 100 40001
sleep 0.3
ip link del left0
sleep 1.5
in_right python3 -c "$send_udp" 10.7.2.1 8888 10 100 40002
ip link add left0 type veth peer name eth0 netns "$left"
ip addr add 10.7.1.1/24 dev left0
ip link set left0 up
in_left ip addr add 10.7.1.2/24 dev eth0
in_left ip link set eth0 up
sleep 3
in_left python3 -c "$send_udp" 10.7.1.1 8888 10 100 40003
sleep 0.5
stop_flows
status_is "an interface that vanishes does not end the run" "$flows_status" 0
said "an interface that vanished is told" "left0.*(gone|down|vanish|lost)" \
	"$scratch/flows.err"
expect "what came before, on the other one, and after its return is counted" \
	"[total('packets', sport=p) for p in (40001, 40002, 40003)] == [10, 10, 10] and stats['balanced']"

# One that is down on purpose is waited for; one that goes down is lost.
for workers in 1 2; do
	ip link set left0 down
	start_flows -i left0 -i right0 --vantage wire --workers "$workers"
	in_right python3 -c "$send_udp" 10.7.2.1 8888 10 100 40007
	sleep 0.3
	stop_flows
	status_is "an interface that is down from the start is no failure" \
		"$flows_status" 0
	said "but it is told" "left0.*down; waiting for it to come up" \
		"$scratch/flows.err"
	expect "and the other one is watched" \
		"total('packets', sport=40007) == 10 and stats['balanced']"

	start_flows -i left0 --vantage wire --workers "$workers"
	ip link set left0 up
	sleep 2.5
	in_left python3 -c "$send_udp" 10.7.1.1 8888 10 100 40008
	sleep 0.3
	stop_flows
	status_is "nor is it when it comes up" "$flows_status" 0
	said "which is told" "left0.*is up" "$scratch/flows.err"
	expect "and what comes then is counted" \
		"total('packets', sport=40008) == 10 and stats['balanced']"

	start_flows -i left0 --vantage wire --workers "$workers"
	ip link set left0 down
	sleep 2
	stop_flows
	status_is "one that goes down in the middle is a lost one" \
		"$flows_status" 2
	said "and is named" "interface left0 is down" "$scratch/flows.err"
	ip link set left0 up
done
ip link add gone0 type veth peer name gone1
ip link set gone0 up
ip link set gone1 up
start_flows -i gone0 --vantage wire
ip link del gone0
sleep 1.5
stop_flows
status_is "one that vanishes in the middle is too" "$flows_status" 2
said "and is named" "interface gone0 is gone" "$scratch/flows.err"

# A renamed interface is still the one that was named.
ip link add old0 type veth peer name eth1 netns "$left"
ip addr add 10.7.3.1/24 dev old0
ip link set old0 up
in_left ip addr add 10.7.3.2/24 dev eth1
in_left ip link set eth1 up
start_flows -i old0
in_left python3 -c "$send_udp" 10.7.3.1 8888 10 100 40009
ip link set old0 down
ip link set old0 name new0
ip link set new0 up
sleep 1.5
in_left python3 -c "$send_udp" 10.7.3.1 8888 10 100 40009
sleep 0.3
stop_flows
status_is "an interface that is renamed is no lost one" "$flows_status" 0
said "its new name is told" "old0 is now called new0" "$scratch/flows.err"
expect "and it is followed by the wire and by the host" \
	"total('packets', sport=40009) == 20 and total('host_packets', sport=40009) == 20 and stats['balanced']"
ip link del new0

# SIGTERM in the middle of traffic: the records are whole.
start_flows -i right0
in_right python3 -c "$send_udp" 10.7.2.1 8888 400 100 40004 &
sender=$!
children+=("$sender")
sleep 0.4
kill -TERM "$flows_pid"
wait "$flows_pid"
status_is "SIGTERM ends well" $? 0
expect "with whole records and a true account" \
	"0 < total('packets', sport=40004) and stats['balanced']"
wait "$sender"

# What was sent just before the end is not lost.
start_flows -i right0
in_right python3 -c "$send_udp" 10.7.2.1 8888 300 100 40005
stop_flows
expect "300 packets and a signal at once give 300 packets" \
	"total('packets', sport=40005) == 300"

# Odd frames: too short for a header, unknown types, jumbo.
ip link set right0 mtu 9000
in_right ip link set eth0 mtu 9000
start_flows -i right0 --vantage wire
in_right python3 - <<'PY'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
for n in range(14, 34):
    s.send(bytes(12) + b"\x08\x00" + b"\x45" * (n - 14))
for n in range(14, 60):
    s.send(bytes(12) + b"\x86\xdd" + b"\x60" * (n - 14))
s.send(bytes(12) + b"\x88\xb5" + bytes(40))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("", 40006))
for i in range(5):
    u.sendto(bytes(8900), ("10.7.2.1", 8888))
PY
sleep 0.5
stop_flows
expect "short frames are malformed or not IP, and counted; jumbo ones whole" \
	"stats['malformed'] >= 50 and stats['not_ip'] >= 1 and total('bytes', sport=40006) == 5 * 8928 and stats['balanced']"

# Out of descriptors: a clear error, no hang.
(
	ulimit -n 6
	timeout 20 ./rawtop flows -i right0 -o none 2>"$scratch/nofile.err"
)
status_is "out of descriptors is an error" $? 1
said "and says so" "too many open files|descriptor" "$scratch/nofile.err"

timeout 20 ./rawtop flows -i nosuch0 -o none 2>"$scratch/iface.err"
status_is "an unknown interface is an error" $? 1
said "and names it" "nosuch0" "$scratch/iface.err"

# A flood of new five-tuples into a small table.
start_flows -i right0 --vantage wire --max-flows 1000
in_right python3 - <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 17)
for i in range(5000):
    s.sendto(bytes([i >> 8, i & 255, 35, 40, 0, 8, 0, 0]), ("10.7.2.1", 0))
PY
sleep 0.5
stop_flows
expect "a flood of new flows evicts, counts, and loses no packet" \
	"stats['flows']['evicted'] >= 3000 and total('packets', dport=9000) == 5000 and stats['balanced']"
done_testing
