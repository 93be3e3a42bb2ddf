#!/usr/bin/env bash
# rawtop lab as a person runs it: as root and as an ordinary user, over both
# carriers, and what it leaves behind: nothing.
set -u

skip() {
	echo "skipped: $*"
	exit 77
}

failures=0
verdict() { # verdict STATUS PROMISE
	if [ "$1" -eq 0 ]; then
		echo "ok   $2"
	else
		echo "FAIL $2"
		failures=$((failures + 1))
	fi
}

# Programs where every user may run them; the build tree may be private.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
cp ./rawtop ./tests/lab/lab_probe "$scratch/" || exit 1
rawtop=$scratch/rawtop
probe=$scratch/lab_probe
cd "$scratch" || exit 1

as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

unshare_works() {
	as_user unshare -Urn true 2>/dev/null
}
unshare_works || [ "$(id -u)" -eq 0 ] ||
	skip "unprivileged user namespaces are off"

interfaces_before=$(ls /sys/class/net)

# The whole of it, by one user over one carrier.
try_lab() { # try_lab NAME CARRIER PREFIX…
	local name="$1, $2" carrier=$2 out
	shift 2
	if command -v ping >/dev/null; then
		"$@" "$rawtop" lab --carrier "$carrier" -q -- \
			ping -c2 -i0.2 10.0.0.2 >/dev/null
		verdict $? "$name: ping"
		"$@" "$rawtop" lab --carrier "$carrier" -q -- \
			ping -c2 -i0.2 fd00::2 >/dev/null
		verdict $? "$name: ping, IPv6"
		"$@" "$rawtop" lab --carrier "$carrier" -q -- \
			ping -c2 -i0.2 -s 3000 10.0.0.2 >/dev/null
		verdict $? "$name: ping in fragments"
	fi
	out=$("$@" "$rawtop" lab --carrier "$carrier" -- "$probe")
	verdict $? "$name: every host does its part"
	[[ $out == *FAIL* ]] && echo "$out"
	"$@" "$rawtop" lab --carrier "$carrier" -q -- sh -c 'exit 7'
	[ $? -eq 7 ]
	verdict $? "$name: the command's exit status"
	"$@" "$rawtop" lab --carrier "$carrier" -q -- sh -c 'kill -9 $$'
	[ $? -eq 137 ]
	verdict $? "$name: a killed command's exit status"
}

if [ "$(id -u)" -eq 0 ]; then
	try_lab root veth
	if { true <>/dev/net/tun; } 2>/dev/null; then
		try_lab root tun
	else
		echo "without TUN: /dev/net/tun does not open"
	fi
fi
if unshare_works; then
	try_lab user veth as_user
	if as_user sh -c 'true <>/dev/net/tun' 2>/dev/null; then
		try_lab user tun as_user
	else
		out=$(as_user "$rawtop" lab --carrier tun -- true 2>&1)
		[ $? -eq 1 ] && [[ $out == *"/dev/net/tun"*veth* ]]
		verdict $? "a TUN that does not open is told, with the remedy"
	fi
	as_user "$rawtop" lab -q -- sh -c "ip link show lab0 >/dev/null"
	verdict $? "user: auto finds a carrier"
fi

# Does anything live in this network namespace?
inhabited() {
	local link
	for link in /proc/[0-9]*/ns/net; do
		[ "$(readlink "$link" 2>/dev/null)" = "$1" ] && return 0
	done
	return 1
}

gone() { # within ten seconds
	for _ in $(seq 200); do
		inhabited "$1" || return 0
		sleep 0.05
	done
	return 1
}

net=$("$rawtop" lab -- readlink /proc/self/ns/net)
[ -n "$net" ] && ! inhabited "$net"
verdict $? "when the command has ended, no process is left"

# Of those the command has begun: one, and one whose parent has ended.
net=$("$rawtop" lab -q -- sh -c 'sleep 600 >/dev/null 2>&1 &
	(setsid sleep 600 >/dev/null 2>&1 &)
	readlink /proc/self/ns/net; exit 3')
[ $? -eq 3 ] && [ -n "$net" ] && ! inhabited "$net"
verdict $? "what the command left behind ends with it, and its status stays"

# end_by SIGNAL: while the command still runs.
end_by() {
	rm -f net
	"$rawtop" lab -- sh -c 'readlink /proc/self/ns/net >net.new
		setsid sleep 600 >/dev/null 2>&1 &
		mv net.new net; exec sleep 600' &
	local pid=$!
	until [ -s net ]; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.02
	done
	net=$(cat net)
	inhabited "$net" && kill "-$1" "$pid"
	wait "$pid" 2>/dev/null
	gone "$net"
	verdict $? "when rawtop dies of SIG$1, no process is left"
}
chmod 777 "$scratch"
end_by TERM
end_by KILL

[ "$(ls /sys/class/net)" = "$interfaces_before" ]
verdict $? "no interface is left"

"$rawtop" lab -- /nonexistent/command 2>err
[ $? -eq 127 ] && grep -q 'cannot run /nonexistent/command' err
verdict $? "a command that does not exist is told"

# The rule that makes something refused.
nft=$(PATH=$PATH:/usr/sbin:/sbin command -v nft)
if [ -n "$nft" ]; then
	"$rawtop" lab -q -- "$nft" list ruleset | grep -q 'udp dport 7777.*drop'
	verdict $? "UDP to port 7777 is dropped by a rule"
	"$rawtop" lab -- "$rawtop" flows --duration 4s >records 2>err
	grep '"dport":7777' records | grep -v '"refused":0' |
		grep -q '"host_packets":0'
	verdict $? "and rawtop inside shows it as refused"
	grep '"dport":8888' records | grep -q '"refused":0'
	verdict $? "and UDP to port 8888 as accepted"
	grep -q 'not balance' err
	[ $? -eq 1 ]
	verdict $? "and its account balances"
fi

# Where namespaces are off: a user of a namespace that may have no more.
if unshare_works; then
	# shellcheck disable=SC2016
	out=$(as_user unshare -Ur sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces &&
		exec setpriv --bounding-set=-all --inh-caps=-all \
			"$0" lab -- true' "$rawtop" 2>&1)
	[ $? -eq 1 ] && [[ $out == *user.max_user_namespaces* ]]
	verdict $? "without user namespaces the error names the setting"
fi

# A file that has the capability is not dumpable, but the lab works.
if [ "$(id -u)" -eq 0 ] && unshare_works &&
	setcap cap_net_raw+ep "$rawtop" 2>/dev/null; then
	as_user "$rawtop" lab -q -- true
	verdict $? "a program with file capabilities can enter the lab"
fi

[ "$failures" -eq 0 ]
