#!/bin/sh
# Readers against the writer of the flow table under ThreadSanitizer, in a
# build of its own; and the same without the sequence lock's checks, where the
# readers themselves must see torn entries.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
CC=${CC:-cc}
batches=${STRESS_BATCHES:-3000}

skip() {
	echo "stress_table: skipped: $*"
	exit 77
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/stress_table.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

flags="-std=c11 -D_GNU_SOURCE -g -pthread -I$srcdir/src -I$srcdir"
sources=
for name in datagram hash icmp memo table table_add table_batch table_clock \
	table_end table_entry table_host table_index table_put table_read tcp verdict; do
	sources="$sources $srcdir/src/flow/$name.c"
done
for name in clock err memory; do
	sources="$sources $srcdir/src/base/$name.c"
done
TSAN_OPTIONS="halt_on_error=1 exitcode=66"
export TSAN_OPTIONS

# build PROGRAM FLAGS SOURCE...
build() {
	program=$1
	own=$2
	shift 2
	# shellcheck disable=SC2086 # CC and flags hold several words
	$CC $flags $own -o "$dir/$program" "$@"
}

echo 'int main(void) { return 0; }' >"$dir/probe.c"
build probe "-O1 -fsanitize=thread" "$dir/probe.c" 2>"$dir/out" ||
	skip "$CC cannot link with -fsanitize=thread"
# Kernels with much address randomisation need it off for some versions.
run=
if ! "$dir/probe" >"$dir/out" 2>&1; then
	run="setarch -R"
	$run "$dir/probe" >"$dir/out" 2>&1 ||
		skip "ThreadSanitizer does not start: $(head -n 1 "$dir/out")"
fi

stress=$srcdir/tests/flow/stress_table.c
# shellcheck disable=SC2086 # sources holds several words
build stress "-O1 -fsanitize=thread" "$stress" $sources
$run "$dir/stress" "$batches"

# One processor runs reader and writer in turns of milliseconds: torn entries
# are then too rare to wait for.
if [ "$(nproc)" -lt 2 ]; then
	echo "ok   (one processor: readers without the lock are not tried)"
	exit 0
fi
sed 's/if (before & 1)/if (before == 0)/
	s/&place->hot->lock) == before)/\&place->hot->lock) != 0)/' \
	"$srcdir/src/flow/table_entry.c" >"$dir/table_entry.c"
cmp -s "$srcdir/src/flow/table_entry.c" "$dir/table_entry.c" && {
	echo "FAIL the lock's checks were not found in table_entry.c"
	exit 1
}
# shellcheck disable=SC2086,SC2046 # they hold several words
build open "-O2" "$stress" "$dir/table_entry.c" \
	$(echo $sources | tr ' ' '\n' | grep -v /table_entry.c)
if "$dir/open" $((batches * 20)) >"$dir/out" 2>&1; then
	echo "FAIL readers without the lock see nothing torn"
	cat "$dir/out"
	exit 1
fi
grep -q ' torn' "$dir/out" || {
	echo "FAIL the stress without the lock did not run"
	cat "$dir/out"
	exit 1
}
echo "ok   readers without the lock see torn entries"
