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
	}
}
table ip n {
	chain pre {
		type nat hook prerouting priority -100;
		udp dport 5353 redirect to :8888
	}
}
NFT
listen_here 8888 7777
serve_left '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 7))
while True:
    data, sender = s.recvfrom(2048)
    s.sendto(data, sender)
'

serve_left '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 8081))
s.listen(16)
while True:
    c, _ = s.accept()
    c.recv(100)
    c.sendall(b"answer")
    c.close()
'

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
	expect "an ICMP error is credited to the flow that it quotes" \
		"flow(sport=40010)['icmp_errors'] > 0"
done
done_testing
