#!/bin/sh
# The ring's stress under ThreadSanitizer, in a build of its own; and the same
# with a ring whose orderings are all relaxed, which must be reported.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
CC=${CC:-cc}
blocks=${STRESS_BLOCKS:-1000000}

skip() {
	echo "stress_tsan: skipped: $*"
	exit 77
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/stress_tsan.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

flags="-std=c11 -D_GNU_SOURCE -O1 -g -fsanitize=thread -pthread"
flags="$flags -I$srcdir/src -I$srcdir"
TSAN_OPTIONS="halt_on_error=1 exitcode=66"
export TSAN_OPTIONS

# build PROGRAM SOURCE...
build() {
	program=$1
	shift
	# shellcheck disable=SC2086 # CC and flags hold several words
	$CC $flags -o "$dir/$program" "$@"
}

echo 'int main(void) { return 0; }' >"$dir/probe.c"
build probe "$dir/probe.c" 2>"$dir/out" ||
	skip "$CC cannot link with -fsanitize=thread"
# Kernels with much address randomisation need it off for some versions.
run=
if ! "$dir/probe" >"$dir/out" 2>&1; then
	run="setarch -R"
	$run "$dir/probe" >"$dir/out" 2>&1 ||
		skip "ThreadSanitizer does not start: $(head -n 1 "$dir/out")"
fi

stress=$srcdir/tests/pipe/stress_ring.c
build stress "$stress" "$srcdir/src/pipe/ring.c"
$run "$dir/stress" "$blocks"

sed 's/_acquire_/_relaxed_/;s/_release_/_relaxed_/' \
	"$srcdir/src/pipe/ring.c" >"$dir/ring.c"
build relaxed "$stress" "$dir/ring.c"
status=0
$run "$dir/relaxed" "$blocks" >"$dir/out" 2>&1 || status=$?
if [ $status -ne 66 ] || ! grep -q 'data race' "$dir/out"; then
	echo "FAIL a ring without orderings passes (status $status)"
	cat "$dir/out"
	exit 1
fi
echo "ok   a ring without orderings is reported"
