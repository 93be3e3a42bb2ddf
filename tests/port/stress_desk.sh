#!/bin/sh
# The desk's stress under ThreadSanitizer and AddressSanitizer, in builds of
# their own; and the same with a desk that frees what its thread still uses,
# which must be reported.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
CC=${CC:-cc}
rounds=${STRESS_ROUNDS:-2000}

skip() {
	echo "stress_desk: skipped: $*"
	exit 77
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/stress_desk.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

flags="-std=c11 -D_GNU_SOURCE -O1 -g -pthread -I$srcdir/src -I$srcdir"
sources="$srcdir/tests/port/stress_desk.c $srcdir/src/port/filter.c
	$srcdir/src/base/err.c $srcdir/src/base/clock.c
	$srcdir/src/base/thread.c $srcdir/src/wire/link.c"
TSAN_OPTIONS="halt_on_error=1 exitcode=66"
ASAN_OPTIONS="exitcode=66"
export TSAN_OPTIONS ASAN_OPTIONS

# build PROGRAM SANITIZER SOURCE...
build() {
	program=$1
	sanitizer=$2
	shift 2
	# shellcheck disable=SC2086 # CC and flags hold several words
	$CC $flags -fsanitize="$sanitizer" -o "$dir/$program" "$@" -lpcap
}

for sanitizer in thread address; do
	echo 'int main(void) { return 0; }' >"$dir/probe.c"
	build probe $sanitizer "$dir/probe.c" 2>"$dir/out" ||
		skip "$CC cannot link with -fsanitize=$sanitizer"
	# Kernels with much address randomisation need it off for some versions.
	run=
	if ! "$dir/probe" >"$dir/out" 2>&1; then
		run="setarch -R"
		$run "$dir/probe" >"$dir/out" 2>&1 ||
			skip "$sanitizer does not start: $(head -n 1 "$dir/out")"
	fi
	# shellcheck disable=SC2086 # sources holds several words
	build stress $sanitizer $sources "$srcdir/src/port/filter_desk.c"
	$run "$dir/stress" "$rounds"
done

sed 's/given_up = j->given_up;/given_up = true;/' \
	"$srcdir/src/port/filter_desk.c" >"$dir/filter_desk.c"
cmp -s "$srcdir/src/port/filter_desk.c" "$dir/filter_desk.c" && {
	echo "FAIL the desk does not ask who frees any more"
	exit 1
}
# shellcheck disable=SC2086 # sources holds several words
build broken address $sources "$dir/filter_desk.c"
status=0
$run "$dir/broken" "$rounds" >"$dir/out" 2>&1 || status=$?
if [ $status -ne 66 ]; then
	echo "FAIL a desk that frees too early passes (status $status)"
	cat "$dir/out"
	exit 1
fi
echo "ok   a desk that frees too early is reported"
