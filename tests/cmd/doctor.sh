#!/usr/bin/env bash
# rawtop doctor: every part is there, as root and as an ordinary user, with
# the remedy beside what is wrong.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
cp ./rawtop "$scratch/rawtop" || exit 1
rawtop=$scratch/rawtop
failures=0
verdict() { # verdict STATUS PROMISE
	if [ "$1" -eq 0 ]; then
		echo "ok   $2"
	else
		echo "FAIL $2"
		failures=$((failures + 1))
	fi
}

out=$("$rawtop" doctor)
verdict $? "it ends well"
for word in Privilege CAP_NET_RAW CAP_NET_ADMIN Kernel TPACKET_V3 \
	PACKET_FANOUT namespaces max_user_ns TUN nft Interfaces " lo " \
	offloads rp_filter MTU Terminal TERM locale libpcap; do
	grep -qF -- "$word" <<<"$out"
	verdict $? "it speaks of$([ "$word" = " lo " ] || echo " ")$word"
done

# Another program's fanout groups are not in the way, whatever their numbers.
space=(unshare -Urn)
[ "$(id -u)" -eq 0 ] && space=(unshare -n)
if "${space[@]}" true 2>/dev/null; then
	out=$("${space[@]}" python3 - "$rawtop" <<'PY'
import socket, subprocess, sys
kept = []
for group in range(0xd00, 0xd10):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.setsockopt(263, 18, 1 << 16 | group) # PACKET_FANOUT_LB
    kept.append(s)
subprocess.run([sys.argv[1], "doctor"])
PY
	)
	grep -q 'PACKET_FANOUT *yes' <<<"$out"
	verdict $? "another program's fanout group is not in its way"
fi

user=()
[ "$(id -u)" -eq 0 ] &&
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
out=$("${user[@]}" "$rawtop" doctor)
verdict $? "it ends well for an ordinary user"
grep -q 'BAD *CAP_NET_RAW' <<<"$out" && grep -q 'setcap cap_net_raw' <<<"$out"
verdict $? "without the capability it says how to get it"

out=$(TERM=no-such-terminal "$rawtop" doctor)
grep -q 'BAD *TERM *no-such-terminal' <<<"$out"
verdict $? "an unknown terminal type is found"
out=$(TERM=$'\e[2J' "$rawtop" doctor)
! grep -q $'\e' <<<"$out"
verdict $? "escape sequences in TERM are not obeyed"
out=$(LC_ALL=C "$rawtop" doctor)
grep -q 'locale.*ASCII' <<<"$out"
verdict $? "a locale without UTF-8 is told"
! grep -q 'ethtool -K lo ' <<<"$out"
verdict $? "no offload remedy for the loopback"

# Names are from outside: the kernel takes nearly any byte.
if "$rawtop" lab -q -- ip link add rt0 type veth peer rt1; then
	# shellcheck disable=SC2016 # for the shell in the lab
	out=$("$rawtop" lab -q -- sh -c '
		ip link add "$1" type veth peer "$2"
		ip link set "$1" up
		ip link set "$2" up
		ip link add rt0 type veth peer rt1
		exec "$0" doctor' "$rawtop" $'e\e[2Jx' "a';id;'")
	! grep -q $'\e' <<<"$out" && grep -qF 'e\x1b[2Jx' <<<"$out"
	verdict $? "escape sequences in an interface's name are not obeyed"
	grep -qF "ethtool -K \$'e\\x1b[2Jx' " <<<"$out" &&
		grep -qF "ethtool -K 'a'\\'';id;'\\''' " <<<"$out"
	verdict $? "... and a remedy quotes the name for the shell"
	grep -q 'rt0 .*down' <<<"$out" && ! grep -q 'ip link set' <<<"$out"
	verdict $? "an interface that is down is left to its owner"
else
	echo "skip strange names: ip makes no veth pair here"
fi
[ "$failures" -eq 0 ]
