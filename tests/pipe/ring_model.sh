#!/bin/sh
# Checks the ring's protocol with spin: the model ring.pml holds all its claims
# for the capacities 1 and 2, and each deliberately broken variant is caught.
set -eu
srcdir=${srcdir:-.}
model=$srcdir/tests/pipe/ring.pml
CC=${CC:-cc}

skip() {
	echo "ring_model: skipped: $*"
	exit 77
}

command -v spin >/dev/null 2>&1 ||
	skip "spin is not installed (Debian: apt install spin)"
# shellcheck disable=SC2086 # CC may hold options
echo 'int main(void) { return 0; }' | $CC -x c -o /dev/null - 2>/dev/null ||
	skip "$CC does not compile"

dir=$(mktemp -d "${TMPDIR:-/tmp}/ring_model.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cp "$model" "$dir/ring.pml"
cd "$dir"

# generate BROKEN CAP: the verifier's source.
generate() {
	rm -f pan.*
	spin -DBROKEN="$1" -DCAP="$2" -a ring.pml >spin.out 2>&1 || {
		cat spin.out
		exit 99
	}
}

# One verifier for asserts, one for liveness under weak fairness.
# shellcheck disable=SC2086
build_safety() {
	$CC -O1 -w -DSAFETY -DNOCLAIM -o safety pan.c
}

# shellcheck disable=SC2086
build_liveness() {
	$CC -O1 -w -DNFAIR=3 -o liveness pan.c
}

# verdict COMMAND...: prints holds, fails, or why there is none. A search that
# was cut short proves nothing.
verdict() {
	"$@" >pan.out 2>&1 || true
	if grep -q 'max search depth too small\|out of memory\|Interrupted' \
		pan.out; then
		echo "search incomplete"
	elif grep -q 'errors: 0$' pan.out; then
		echo holds
	elif grep -q 'errors: [1-9]' pan.out; then
		echo fails
	else
		echo "no result"
	fi
}

failed=0
# expect WHAT WANT COMMAND...
expect() {
	what=$1 want=$2
	shift 2
	is=$(verdict "$@")
	states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' pan.out)
	if [ "$is" = "$want" ]; then
		echo "ok   $what: $is (${states:-?} states)"
	else
		echo "FAIL $what: $is, should be: $want"
		sed -n 's/^pan:/     pan:/p' pan.out
		failed=1
	fi
}

for cap in 1 2; do
	generate 0 "$cap"
	build_safety
	build_liveness
	expect "capacity $cap, order and ownership" holds ./safety -m1000000
	for claim in arriving arrives; do
		expect "capacity $cap, liveness: $claim" holds \
			./liveness -a -f -m1000000 -N "$claim"
	done
done

for broken in 1 2 3 6; do
	generate "$broken" 2
	build_safety
	expect "broken variant $broken, order and ownership" fails \
		./safety -m1000000
done
for broken in 4 5; do
	generate "$broken" 2
	build_liveness
	expect "broken variant $broken, liveness" fails \
		./liveness -a -f -m1000000 -N arriving
done
exit $failed
