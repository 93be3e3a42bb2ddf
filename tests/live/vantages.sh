#!/usr/bin/env bash
# What the wire shows and what this host accepts, on real sockets, behind a
# real firewall, with one worker and with three.
srcdir=${srcdir:-.}
. "$srcdir/tests/live/lib.sh"
enter_namespaces "$@"
make_network
nft -f - <<'NFT' || skip "nftables does not work here"
table inet t {
	chain in {
		type filter hook input priority 0;
		udp dport 7777 drop
		udp sport 7 udp dport 40012 drop
	}
}
table ip n {
	chain pre {
		type nat hook prerouting priority -100;
		udp dport 5353 redirect to :8888
	}
}
table ip m {
	chain post {
		type nat hook postrouting priority 100;
		ip saddr 10.7.2.0/24 oifname "left0" masquerade
	}
	chain pre {
		type nat hook prerouting priority -100;
		ip daddr 10.7.1.1 udp dport 514 dnat to 10.7.2.2:9999
	}
}
NFT
# A bridge with a MAC of its own: its port shows what is for another host.
make_peer
bridged=$peer_pid
ip link add br0 type bridge
ip link set br0 address 02:00:00:07:03:01
ip link add port0 type veth peer name eth0 netns "$bridged"
ip link set port0 master br0
ip addr add 10.7.3.1/24 dev br0
ip link set port0 up
ip link set br0 up
nsenter -t "$bridged" -n ip addr add 10.7.3.2/24 dev eth0
nsenter -t "$bridged" -n ip link set eth0 up
# Addresses, more than a few.
for i in 1 2 3; do
	seq -f "addr add 10.9.$i.%g/32 dev lo" 1 200
done | ip -batch -
listen_here 8888 7777
serve_left '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7))
while True:
    data, sender = s.recvfrom(2048)
    s.sendto(data, sender)
'

serve_tcp='
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", PORT))
s.listen(16)
while True:
    c, _ = s.accept()
    c.recv(100)
    c.sendall(b"answer")
    c.close()
'
serve_left "${serve_tcp/PORT/8081}"
serve_left "${serve_tcp/PORT/8082}"

# ask_udp TO PORT COUNT SOURCE-PORT: waits a little for each answer.
ask_udp='
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[4])))
s.settimeout(0.2)
for i in range(int(sys.argv[3])):
    s.sendto(b"question", (sys.argv[1], int(sys.argv[2])))
    try:
        s.recvfrom(2048)
    except socket.timeout:
        pass
'
ask_tcp='
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)
s.sendall(b"question")
while s.recv(100):
    pass
s.close()
'
# send_fragments TO PORT SOURCE-PORT: ten datagrams, each of three fragments;
# of the first five the middle one is lost, of the others the first comes twice.
send_fragments='
import socket, struct, sys
to, port, sport = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def fragment(ident, at, more, body):
    s.sendto(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, ident,
                         at // 8 | (0x2000 if more else 0), 64, 17, 0,
                         bytes(4), socket.inet_aton(to)) + body, (to, 0))
for i in range(10):
    body = struct.pack("!HHHH", sport, port, 240, 0) + bytes(232)
    fragment(1000 + i, 0, True, body[:80])
    if i < 5:
        fragment(1000 + i, 160, False, body[160:])
        continue
    fragment(1000 + i, 0, True, body[:80])
    fragment(1000 + i, 80, True, body[80:160])
    fragment(1000 + i, 160, False, body[160:])
'
in_bridged() {
	nsenter -t "$bridged" -n -- "$@"
}

for workers in 1 3; do
	echo "with $workers worker(s):"
	start_flows --workers "$workers"
	in_left python3 -c "$send_udp" 10.7.1.1 7777 20 100 40001
	in_left python3 -c "$send_udp" 10.7.1.1 8888 20 100 40002
	in_left python3 -c "$send_udp" fd07:1::1 7777 15 100 40003
	in_left python3 -c "$send_udp" fd07:1::1 8888 15 100 40004
	in_left python3 -c "$send_udp" 10.7.1.1 8888 10 4000 40005
	in_left python3 -c "$send_udp" fd07:1::1 8888 10 4000 40006
	in_left python3 -c "$send_udp" 10.7.2.2 9999 12 100 40007
	in_left python3 -c "$send_udp" 10.7.1.1 5353 10 100 40008
	python3 -c "$send_udp" 127.0.0.1 8888 9 100 40009
	python3 -c "$send_udp" 10.7.1.2 9 8 100 40010
	python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 40011))
s.settimeout(2)
for i in range(5):
    s.sendto(b"question", ("10.7.1.2", 7))
    s.recvfrom(2048)
'
	for _ in 1 2 3 4 5; do
		python3 -c '
import socket
s = socket.create_connection(("10.7.1.2", 8081), 5)
s.sendall(b"question")
while s.recv(100):
    pass
s.close()
'
	done
	in_bridged python3 -c "$send_udp" 10.7.3.1 8888 11 100 40013
	in_bridged python3 -c "$send_udp" 10.7.3.1 7777 11 100 40014
	in_left ip route replace 10.9.0.0/16 via 10.7.1.1
	in_left python3 -c "$send_udp" 10.9.3.200 7777 6 100 40015
	in_left python3 -c "$send_udp" 10.7.1.1 514 6 100 40016
	in_left python3 -c "$send_fragments" 10.7.1.1 8888 40017
	# Who is behind us asks, by UDP, TCP and ICMP; and so do we, whose
	# answers are dropped.
	in_right python3 -c "$ask_udp" 10.7.1.2 7 5 40018
	in_right python3 -c "$ask_tcp" 10.7.1.2 8082
	in_right ping -q -c 3 -i 0.2 10.7.1.2 >/dev/null
	python3 -c "$ask_udp" 10.7.1.2 7 5 40012
	sleep 1.5
	stop_flows
	expect "a short connection that we open is one flow, and not refused" \
		"len(flows(dport=8081)) == 5 and all(f['src'] == '10.7.1.1' and f['refused'] == 0 and f['packets'] >= 4 and f['rev_packets'] == f['rev_host_packets'] for f in flows(dport=8081))"
	expect "who asks is the initiator, though the host vantage answers first" \
		"(lambda f: f['src'] == '10.7.1.1' and f['packets'] == f['rev_packets'] == f['rev_host_packets'] == 5 and f['refused'] == 0)(flow(sport=40011, dport=7))"
	expect "the run ends well and its account balances" \
		"$flows_status == 0 and stats['balanced']"
	expect "a flow that the firewall drops is refused, packet by packet" \
		"(lambda f: f['packets'] == 20 and f['host_packets'] == 0 and f['refused'] == 20)(flow(dport=7777, sport=40001))"
	expect "a flow that the host accepts has both counts equal" \
		"(lambda f: f['packets'] == f['host_packets'] == 20 and f['refused'] == 0)(flow(dport=8888, sport=40002))"
	expect "the same for IPv6: refused" \
		"(lambda f: f['packets'] == 15 and f['host_packets'] == 0 and f['refused'] == 15)(flow(dport=7777, sport=40003))"
	expect "the same for IPv6: accepted" \
		"(lambda f: f['packets'] == f['host_packets'] == 15 and f['refused'] == 0)(flow(dport=8888, sport=40004))"
	expect "fragments are compared as datagrams" \
		"(lambda f: f['packets'] == 30 and f['fragments'] == 20 and f['host_packets'] == 10 and f['refused'] == 0)(flow(sport=40005))"
	expect "fragments of IPv6 too" \
		"(lambda f: f['packets'] == 30 and f['fragments'] == 20 and f['host_packets'] == 10 and f['refused'] == 0)(flow(sport=40006))"
	expect "forwarded traffic is counted once and is not called refused" \
		"(lambda f: f['packets'] == 12 and f['copies'] == 12 and f['refused'] == 0)(flow(sport=40007))"
	expect "a redirected flow is not called refused" \
		"(lambda f: f['packets'] == 10 and f['refused'] == 0)(flow(sport=40008, dport=5353))"
	expect "loopback is counted once, and accepted" \
		"(lambda f: f['packets'] == f['host_packets'] == 9 and f['refused'] == 0)(flow(sport=40009))"
	expect "outgoing traffic has no verdict" \
		"(lambda f: f['packets'] == 8 and f['refused'] == 0)(flow(sport=40010))"
	expect "what a bridge hands to us is accepted, though its port shows it first" \
		"(lambda f: f['packets'] == f['host_packets'] == 11 and f['refused'] == 0)(flow(sport=40013, dport=8888))"
	expect "or refused" \
		"(lambda f: f['packets'] == 11 and f['host_packets'] == 0 and f['refused'] == 11)(flow(sport=40014, dport=7777))"
	expect "what is sent to the last of 600 addresses is refused" \
		"(lambda f: f['packets'] == f['refused'] == 6)(flow(sport=40015, dport=7777))"
	expect "fragments without the rest, or sent twice, are not called refused" \
		"(lambda f: f['packets'] == 30 and f['host_packets'] == 5 and f['refused'] == 0)(flow(sport=40017, dport=8888))"
	expect "answers to who is masqueraded are not called refused" \
		"sorted((f['proto'], f['rev_packets'] > 2, f['refused'], f['verdict']) for f in flows(src='10.7.1.1') if f.get('sport') == 40018 and f.get('dport') == 7 or f.get('dport') == 8082 or f.get('icmp_type') == 8) == [(p, True, 0, 'redirected') for p in ('icmp', 'tcp', 'udp')]"
	expect "answers to us that the firewall drops are" \
		"(lambda f: f['rev_packets'] == f['refused'] == 5)(flow(sport=40012, dport=7))"
	[ "$workers" -gt 1 ] ||
		expect "what goes on to who is behind us, unanswered, is not" \
			"(lambda f: f['packets'] == 6 and f['refused'] == 0)(flow(sport=40016, dport=514))"
	expect "an ICMP error is credited to the flow that it quotes" \
		"flow(sport=40010)['icmp_errors'] > 0"
done

# The outer interface alone: what is behind us is told by what leaves there.
start_flows -i left0
in_right python3 -c "$ask_udp" 10.7.1.2 7 5 40021
in_right python3 -c "$ask_tcp" 10.7.1.2 8082
in_right ping -q -c 3 -i 0.2 10.7.1.2 >/dev/null
python3 -c "$ask_udp" 10.7.1.2 7 5 40012
sleep 1.5
stop_flows
expect "seen on the outer interface alone, answers to who is masqueraded are not called refused" \
	"sorted((f['proto'], f['rev_packets'] > 2, f['refused'], f['verdict']) for f in flows(src='10.7.1.1') if f.get('sport') == 40021 or f.get('dport') == 8082 or f.get('icmp_type') == 8) == [(p, True, 0, 'redirected') for p in ('icmp', 'tcp', 'udp')]"
expect "and answers to us that the firewall drops are" \
	"(lambda f: f['rev_packets'] == f['refused'] == 5)(flow(sport=40012, dport=7))"
done_testing
