#!/usr/bin/env bash
# Bad input and full outputs: what rawtop says of each, and how it ends.
# shellcheck disable=SC2181 # the status is one of several conditions
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"
# Where every user may run it; the build tree may be private.
cp ./rawtop "$scratch/rawtop" || exit 1
rawtop=$scratch/rawtop
made="--made flows=100,packets=2000,seed=1"
failures=0

verdict() { # verdict STATUS PROMISE
	if [ "$1" -eq 0 ]; then
		echo "ok   $2"
	else
		echo "FAIL $2"
		failures=$((failures + 1))
	fi
}

# expect STATUS "WORDS ON STANDARD ERROR" "PROMISE" COMMAND…
expect() {
	local status=$1 words=$2 promise=$3 got bad=0
	shift 3
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	got=$?
	[ "$got" -eq "$status" ] || {
		echo "exit status $got, not $status"
		bad=1
	}
	grep -qF -- "$words" "$scratch/err" || {
		echo "no \"$words\" in:"
		cat "$scratch/err"
		bad=1
	}
	# Nothing but messages: no crash, no sanitizer's report.
	grep -qE 'AddressSanitizer|runtime error|Assertion' "$scratch/err" && {
		cat "$scratch/err"
		bad=1
	}
	verdict $bad "$promise"
}

as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

# ---- the command line ----
expect 1 "the nearest is --vantage" "an unknown option" "$rawtop" --vantge x
expect 1 "the nearest is flows" "an unknown command" "$rawtop" flow
expect 1 "unknown protocol" "an unknown protocol" "$rawtop" flows -p quux
expect 1 "no interface is called nosuch0" "an unknown interface" \
	"$rawtop" flows -i nosuch0
expect 1 "is not a terminal" "watch without a terminal names flows" "$rawtop" -i lo
sed -n 1p "$scratch/err" | grep -q "rawtop flows"
verdict $? "... by its name"
# shellcheck disable=SC2086
expect 1 "syntax error" "a bad expression" "$rawtop" flows $made tcp port and
grep -qE '^ *\^' "$scratch/err"
verdict $? "... with a mark under its place"
expect 1 "seeds" "a bad word in --made" "$rawtop" flows --made seeds=1

expect 1 "needs a key" "--made of nothing" "$rawtop" flows --made ""
expect 1 "the nearest is doctor" "a misspelt command" "$rawtop" docter
expect 1 "a year is the most" "a timeout of a century" \
	"$rawtop" flows --idle-timeout 1000000h
"$rawtop" help >"$scratch/out" && "$rawtop" --help | cmp -s - "$scratch/out"
verdict $? "rawtop help says what --help says"
"$rawtop" help flows >"$scratch/out" &&
	"$rawtop" flows --help | cmp -s - "$scratch/out"
verdict $? "rawtop help flows says what flows --help says"

# What a live output loses while nobody reads it: more flows than table, pipe
# and buffers hold, before the reader begins.
lose_records() {
	# shellcheck disable=SC2016 # for the shell in the lab
	"$rawtop" lab -q -- sh -c '
		mkfifo "$1/slow"
		exec 8<>"$1/slow"
		"$0" flows -i lo --vantage wire --max-flows 64 --duration 4s \
			-o "json:$1/slow" --stats-json "$1/stats" 8>&- &
		sleep 1
		python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(30000):
    s.sendto(b\"x\", (\"127.%d.%d.1\" % (i >> 8, i & 255), 9999))
"
		sleep 1
		cat <&8 >"$1/lines" &
		reader=$!
		wait %1
		status=$?
		sleep 0.3
		kill "$reader"
		exit "$status"' "$rawtop" "$scratch"
}

# stat_of NAME: a number of the account that was written last.
stat_of() {
	sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$scratch/stats"
}

# ---- what needs a private network ----
if "$rawtop" lab -q -- true 2>/dev/null; then
	expect 127 "nosuchcmd" "a command that is not there, in the lab" \
		"$rawtop" lab -q -- nosuchcmd
	expect 126 "Permission denied" "one that may not be run" \
		"$rawtop" lab -q -- "$scratch"
	expect 4 "flow records are lost: the output was too slow" \
		"records that a slow output loses are told by the status" \
		lose_records
	[ $(($(stat_of records) - $(stat_of records_lost))) -eq \
		"$(wc -l <"$scratch/lines")" ]
	verdict $? "... and counted, each of them"
	if "$rawtop" lab -q -- ip link add rt0 type veth peer rt1; then
		# shellcheck disable=SC2016 # for the shell in the lab
		expect 2 "rt0 is gone" "an interface that is lost" \
			"$rawtop" lab -q -- sh -c '
			ip link add rt0 type veth peer rt1
			ip link set rt0 up
			"$0" flows -i rt0 --duration 3s & sleep 1
			ip link del rt0
			wait $!' "$rawtop"
	else
		echo "skip the lost interface: ip makes no veth pair here"
	fi
else
	echo "skip the lab: no namespaces here"
fi

# ---- files ----
expect 1 "$scratch/none" "a file that is not there" \
	"$rawtop" flows -r "$scratch/none"
expect 1 "directory" "a directory" "$rawtop" flows -r "$scratch"
: >"$scratch/empty"
"$rawtop" flows -r "$scratch/empty" >/dev/null 2>"$scratch/err"
[ $? -ne 0 ] && grep -q empty "$scratch/err"
verdict $? "an empty file"
# What ends before a packet is there has an account, of nothing, in any case.
printf '\xd4\xc3\xb2\xa1\2\0\4\0' >"$scratch/head"
for name in empty head; do
	"$rawtop" flows -r "$scratch/$name" -o none \
		--stats-json "$scratch/stats" 2>"$scratch/err"
	status=$?
	grep -q "\"source\":\"file $name\".*\"problem\":.*\"balanced\":true" \
		"$scratch/stats" && grep -q "^decoded 0" "$scratch/err"
	verdict $? "the account of a file ($name) that ends in its header"
	"$rawtop" flows -r - -o none --stats-json "$scratch/stats" \
		< <(cat "$scratch/$name") 2>"$scratch/err"
	[ $? -eq $status ] && grep -q '"problem":.*"balanced":true' \
		"$scratch/stats" && grep -q "^decoded 0" "$scratch/err"
	verdict $? "... as where it is a pipe"
done
head -c 5000 /dev/zero | tr '\0' 'x' >"$scratch/foreign"
"$rawtop" flows -r "$scratch/foreign" >/dev/null 2>"$scratch/err"
[ $? -ne 0 ] && grep -q foreign "$scratch/err"
verdict $? "a file of another kind"
"$rawtop" flows -r - <"$scratch/foreign" >/dev/null 2>"$scratch/err"
[ $? -ne 0 ]
verdict $? "standard input of another kind"

# A name with control characters is shown, not obeyed.
"$rawtop" flows -r "$scratch/"$'\e[31m\n' >/dev/null 2>"$scratch/err"
! grep -q $'\e' "$scratch/err"
verdict $? "escape sequences in a name do not reach the terminal"

# ---- a small stack ----
# A sanitizer's frames are larger than the program's.
if ! grep -q __asan_init "$rawtop"; then
	in_stack() { # in_stack KIB ARGUMENT…
		local size=$1
		shift
		(ulimit -s "$size" && exec "$rawtop" "$@")
	}
	# shellcheck disable=SC2086
	expect 0 "decoded 2000" "a small stack does" in_stack 64 flows $made \
		-o "json:$scratch/o" --stats-json "$scratch/stats" ip or ip6
	# shellcheck disable=SC2086
	expect 1 "limit on the stack" "a stack too small is told" \
		in_stack 56 flows $made
	script -qec "ulimit -s 128; $rawtop $made" /dev/null \
		>"$scratch/out" </dev/null
	[ $? -eq 1 ] && grep -q "192 are needed" "$scratch/out"
	verdict $? "... and what the screen needs"
	if "$rawtop" lab -q -- true 2>/dev/null; then
		expect 0 "decoded" "a small stack does for live traffic" \
			in_stack 64 lab -q -- "$rawtop" flows -i lo \
			--duration 300ms -o none
	fi
fi

# ---- no privilege ----
expect 1 "setcap" "no privilege, with the remedy" \
	as_user env -u SUDO_UID "$rawtop" flows -i lo --duration 1s

# ---- outputs ----
# shellcheck disable=SC2086
{
	"$rawtop" flows $made >&- 2>"$scratch/err"
	[ $? -eq 4 ] && grep -q "standard output" "$scratch/err"
	verdict $? "standard output closed"
	"$rawtop" flows $made 2>"$scratch/err" | head -c0
	[ "${PIPESTATUS[0]}" -eq 4 ] &&
		grep -q "standard output" "$scratch/err"
	verdict $? "a reader that goes away"
	expect 4 "No space left" "a full device" \
		"$rawtop" flows $made -o json:/dev/full
	expect 4 "No space left" "a full device for the account" \
		"$rawtop" flows $made -o none --stats-json /dev/full
	expect 4 "/nonexistent/x" "an output that cannot be opened" \
		"$rawtop" flows $made -o csv:/nonexistent/x
	for form in json csv; do
		"$rawtop" flows $made -o $form:/dev/full \
			--stats-json "$scratch/stats" 2>/dev/null
		[ "$(stat_of records)" -ge 100 ] &&
			[ "$(stat_of records_lost)" -eq "$(stat_of records)" ]
		verdict $? "$form records that a full device refuses are lost"
		(
			ulimit -f 64
			exec "$rawtop" flows --made flows=2000,packets=20000 \
				-o "$form:$scratch/o" \
				--stats-json "$scratch/stats" 2>"$scratch/err"
		)
		[ $? -eq 4 ] && grep -q "File too large" "$scratch/err" &&
			grep -q "^decoded 20000" "$scratch/err"
		verdict $? "$form: a limit on a file's size is told, with the account"
		lines=$(grep -cv '^proto,' "$scratch/o")
		# The last line is cut where the limit is.
		[ -z "$(tail -c1 "$scratch/o")" ] || lines=$((lines - 1))
		[ "$lines" -gt 50 ] && [ "$lines" -eq \
			$(($(stat_of records) - $(stat_of records_lost))) ]
		verdict $? "... and what is beyond it is counted as lost"
	done
	"$rawtop" --help >/dev/full 2>"$scratch/err"
	[ $? -eq 4 ]
	verdict $? "--help into a full device"
	"$rawtop" flows $made -o "json:$scratch/o" 2>&- <&-
	[ $? -eq 0 ] && [ -s "$scratch/o" ] &&
		! grep -qv '^{.*}$' "$scratch/o"
	verdict $? "closed standard streams do not mix with the output"
}

# ---- outputs that are inputs ----
# An empty pcap file: its header alone.
printf '\xd4\xc3\xb2\xa1\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0' \
	>"$scratch/pcap"
cp "$scratch/pcap" "$scratch/kept"
ln "$scratch/pcap" "$scratch/linked"
own="overwrite its own input"
expect 1 "$own" "records over their own input" \
	"$rawtop" flows -r "$scratch/pcap" -o "json:$scratch/pcap"
expect 1 "$own" "... by another name" \
	"$rawtop" flows -r "$scratch/pcap" -o "csv:$scratch/linked"
expect 1 "$own" "the account over its own input" "$rawtop" flows \
	-r "$scratch/pcap" -o none --stats-json "$scratch/pcap"
"$rawtop" flows -r - -o "json:$scratch/pcap" <"$scratch/pcap" 2>"$scratch/err"
[ $? -eq 1 ] && grep -qF "$own" "$scratch/err"
verdict $? "records over standard input"
# shellcheck disable=SC2094 # that is what it is about
"$rawtop" flows -r "$scratch/pcap" >>"$scratch/pcap" 2>"$scratch/err"
[ $? -eq 1 ] && grep -qF "$own" "$scratch/err"
verdict $? "standard output is the input"
cmp -s "$scratch/pcap" "$scratch/kept"
verdict $? "... and none of them touched it"
# shellcheck disable=SC2086
expect 1 "overwrite each other" "records and account into one file" \
	"$rawtop" flows $made -o "json:$scratch/o" --stats-json "$scratch/o"
echo "what was there before, longer than a record of nothing" >"$scratch/o"
expect 0 "" "an output that is there is emptied" \
	"$rawtop" flows -r "$scratch/pcap" -o "json:$scratch/o"
[ ! -s "$scratch/o" ]
verdict $? "... before it is written"

# ---- a reader that stalls ----
# More than a pipe holds; the FIFO is opened and never read.
mkfifo "$scratch/fifo"
exec 9<>"$scratch/fifo"
stalled="--made flows=20000,packets=40000"
# shellcheck disable=SC2086
expect 4 "were not written" "a duration ends it where nobody reads" \
	timeout -k1 60 "$rawtop" flows $stalled -o "json:$scratch/fifo" \
	--duration 500ms
exec 9>&-
exec 9<>"$scratch/fifo"
# shellcheck disable=SC2086
"$rawtop" flows $stalled >"$scratch/fifo" 2>"$scratch/err" &
pid=$!
sleep 1
kill -INT "$pid"
wait "$pid"
[ $? -eq 4 ] && grep -q "were not written" "$scratch/err"
verdict $? "SIGINT ends it where nobody reads"
exec 9>&-
# A slow reader gets all of it.
# shellcheck disable=SC2086
lines=$("$rawtop" flows $stalled --duration 10s 2>/dev/null | { sleep 0.5 && wc -l; })
# shellcheck disable=SC2086
"$rawtop" flows $stalled -o "json:$scratch/o" 2>/dev/null
[ "$lines" -gt 5000 ] && [ "$lines" -eq "$(wc -l <"$scratch/o")" ]
verdict $? "a reader that is only slow gets every record"

# ---- what goes well ----
# shellcheck disable=SC2086
expect 0 "decoded 2000" "made traffic is accounted for" \
	"$rawtop" flows $made --stats-json "$scratch/stats"
grep -q '"balanced":true' "$scratch/stats"
verdict $? "... and the account balances"
[ "$(wc -l <"$scratch/out")" -ge 100 ]
verdict $? "... with a record for each flow"
# shellcheck disable=SC2086
"$rawtop" flows $made -o csv:- 2>/dev/null >"$scratch/csv"
[ "$(wc -l <"$scratch/csv")" -ge 101 ] &&
	head -1 "$scratch/csv" | grep -q '^proto,'
verdict $? "CSV begins with the names"

# ---- signals ----
for signal in INT TERM; do
	"$rawtop" flows --made flows=10,rate_packets=1000 \
		-o "json:$scratch/o" 2>"$scratch/err" &
	pid=$!
	sleep 0.5
	kill "-$signal" "$pid"
	wait "$pid"
	[ $? -eq 0 ] && [ -s "$scratch/o" ] && grep -q decoded "$scratch/err"
	verdict $? "SIG$signal ends with the records written and the account"
done
expect 0 "decoded" "a duration ends it" "$rawtop" flows \
	--made flows=10,rate_packets=1000 --duration 300ms

[ "$failures" -eq 0 ]
