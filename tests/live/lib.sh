# Sourced by the live tests: a private network of namespaces, made by the test
# itself, as root or as an ordinary user.
#
#   left (10.7.1.2, fd07:1::2) --- this side (10.7.1.1, fd07:1::1;
#   10.7.2.1) --- right (10.7.2.2)
#
# Works on rawtop built in the current directory.

skip() {
	echo "skipped: $*"
	exit 77
}

enter_namespaces() {
	[ -n "${RAWTOP_IN_NAMESPACE:-}" ] && return
	export RAWTOP_IN_NAMESPACE=1
	export PATH=$PATH:/usr/sbin:/sbin
	for tool in ip nft python3 unshare nsenter; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	if [ "$(id -u)" -eq 0 ]; then
		exec unshare -n -- "$0" "$@"
	fi
	unshare -Urn true 2>/dev/null ||
		skip "unprivileged user namespaces are off"
	exec unshare -Urn -- "$0" "$@"
}

children=()
scratch=$(mktemp -d)

finish() {
	local pid
	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null
	done
	rm -rf "$scratch"
}
trap finish EXIT

# A namespace held open by a sleeping process.
make_peer() {
	unshare -n sleep 600 &
	children+=($!)
	peer_pid=$!
	# unshare replaces itself by sleep once the namespace is there.
	for _ in $(seq 100); do
		[ "$(readlink /proc/$peer_pid/ns/net)" != \
			"$(readlink /proc/self/ns/net)" ] && return
		sleep 0.02
	done
}

in_left() {
	nsenter -t "$left" -n -- "$@"
}

in_right() {
	nsenter -t "$right" -n -- "$@"
}

# A server in the left namespace, ended with the test.
serve_left() {
	nsenter -t "$left" -n -- python3 -c "$1" &
	children+=($!)
}

make_network() {
	ip link set lo up
	make_peer
	left=$peer_pid
	make_peer
	right=$peer_pid
	ip link add left0 type veth peer name eth0 netns "$left"
	ip link add right0 type veth peer name eth0 netns "$right"
	ip addr add 10.7.1.1/24 dev left0
	ip addr add fd07:1::1/64 dev left0 nodad
	ip addr add 10.7.2.1/24 dev right0
	ip link set left0 up
	ip link set right0 up
	in_left ip link set lo up
	in_left ip addr add 10.7.1.2/24 dev eth0
	in_left ip addr add fd07:1::2/64 dev eth0 nodad
	in_left ip link set eth0 up
	in_left ip route add default via 10.7.1.1
	in_right ip addr add 10.7.2.2/24 dev eth0
	in_right ip link set lo up
	in_right ip link set eth0 up
	in_right ip route add default via 10.7.2.1
	echo 1 >/proc/sys/net/ipv4/ip_forward
	# As many ICMP errors as there is cause for: by nature one host is told
	# six at once, then one a second.
	echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
	in_left sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'
	in_right sh -c 'echo 0 >/proc/sys/net/ipv4/icmp_ratelimit'
}

# send_udp DESTINATION PORT COUNT SIZE [SOURCE PORT]: run inside a namespace.
send_udp='
import socket, sys, time
to, port, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
s = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[5]) if len(sys.argv) > 5 else 40000))
for i in range(count):
    try:
        s.sendto(bytes(size), (to, port))
    except OSError:
        pass
    time.sleep(0.002)
'

# A socket that takes what comes, so that no "port unreachable" answers.
listen_udp='
import socket, sys
socks = []
for port in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    s.bind(("::", int(port)))
    socks.append(s)
import time
time.sleep(600)
'

listen_here() {
	python3 -c "$listen_udp" "$@" &
	children+=($!)
}

# start_flows OPTION…: rawtop flows in the background, ready when it returns.
start_flows() {
	rm -f "$scratch/flows.json" "$scratch/stats.json"
	./rawtop flows -o "json:$scratch/flows.json" \
		--stats-json "$scratch/stats.json" "$@" \
		2>"$scratch/flows.err" &
	flows_pid=$!
	children+=("$flows_pid")
	# Its threads are begun when all sockets are open; then a moment, in which
	# each finds its way to them.
	for _ in $(seq 200); do
		[ "$(ls "/proc/$flows_pid/task" 2>/dev/null | wc -l)" -gt 1 ] &&
			break
		sleep 0.05
	done
	sleep 0.5
}

stop_flows() {
	kill -INT "$flows_pid"
	wait "$flows_pid"
	flows_status=$?
}

failures=0
ok() {
	echo "ok   $*"
}
not_ok() {
	echo "FAIL $*"
	failures=$((failures + 1))
}

# expect "PROMISE" 'PYTHON EXPRESSION over flow(…) and stats'
expect() {
	if python3 - "$scratch/flows.json" "$scratch/stats.json" "$2" <<'PY'; then
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
stats = json.load(open(sys.argv[2]))
def flows(**want):
    return [r for r in rows if all(r.get(k) == v for k, v in want.items())]
def total(name, **want):
    return sum(r.get(name, 0) for r in flows(**want))
def flow(**want):
    f = flows(**want)
    assert len(f) == 1, "%d flows for %s" % (len(f), want)
    return f[0]
try:
    good = eval(sys.argv[3])
except AssertionError as e:
    print("    ", e)
    good = False
if not good:
    for r in rows:
        print("    ", json.dumps(r))
sys.exit(0 if good else 1)
PY
		ok "$1"
	else
		not_ok "$1"
	fi
}

done_testing() {
	[ "$failures" -eq 0 ] || sed 's/^/    /' "$scratch/flows.err"
	exit $((failures > 0))
}
