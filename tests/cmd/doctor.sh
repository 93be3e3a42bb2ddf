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
[ "$failures" -eq 0 ]
