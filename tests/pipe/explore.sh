#!/bin/sh
# Memory-order proof of the ring: compiles the real src/pipe/ring.c against the
# model of atom.h, tries all schedules and stale loads of small programs, and
# shows that every ordering in it is needed: each acquire and release weakened
# to relaxed, one at a time, is caught, and so are some plain mistakes.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
CC=${CC:-cc}

skip() {
	echo "explore: skipped: $*"
	exit 77
}

dir=$(mktemp -d "${TMPDIR:-/tmp}/explore.XXXXXX")
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

flags="-std=c11 -D_GNU_SOURCE -O1 -g -w"
# The model's base/atom.h comes before the real one.
flags="$flags -I$srcdir/tests/pipe/model -I$srcdir/src -I$srcdir"

echo 'int f(int *p); int f(int *p) { return *p; }' >"$dir/probe.c"
# shellcheck disable=SC2086 # CC and flags hold several words
$CC $flags -fsanitize=thread -c -o "$dir/probe.o" "$dir/probe.c" \
	2>/dev/null || skip "$CC has no -fsanitize=thread to mark plain accesses"

# compile SOURCE OBJECT [FLAG]
compile() {
	# shellcheck disable=SC2086
	$CC $flags ${3-} -c -o "$dir/$2" "$1"
}

# link PROGRAM OBJECT...: without -fsanitize, so without libtsan.
link() {
	program=$1
	shift
	# shellcheck disable=SC2086
	(cd "$dir" && $CC -o "$program" "$@")
}

compile "$srcdir/tests/pipe/explore.c" explore.o
compile "$srcdir/tests/pipe/explore_litmus.c" litmus.o -fsanitize=thread
compile "$srcdir/tests/pipe/explore_ring.c" programs.o -fsanitize=thread
link litmus litmus.o explore.o
"$dir/litmus"

ring=$srcdir/src/pipe/ring.c
compile "$ring" ring.o -fsanitize=thread
link ring programs.o ring.o explore.o
"$dir/ring"

failed=0
caught=0
# mutant NAME SED-SCRIPT: a copy of ring.c that the programs must refuse.
mutant() {
	sed "$2" "$ring" >"$dir/mutant.c"
	if cmp -s "$ring" "$dir/mutant.c"; then
		echo "FAIL mutant $1: the script changes nothing"
		failed=1
		return
	fi
	compile "$dir/mutant.c" mutant.o -fsanitize=thread
	link mutant programs.o mutant.o explore.o
	status=0
	"$dir/mutant" >"$dir/out" 2>&1 || status=$?
	if [ $status -eq 1 ]; then
		echo "ok   mutant $1: caught:" \
			"$(sed -n 's/^FAIL .*takes: //p' "$dir/out")"
		caught=$((caught + 1))
	else
		echo "FAIL mutant $1 survives (status $status)"
		tail -n 3 "$dir/out"
		failed=1
	fi
}

for line in $(grep -n 'atom_load_acquire\|atom_store_release' "$ring" |
	cut -d: -f1); do
	mutant "line $line relaxed" \
		"${line}s/_acquire_/_relaxed_/;${line}s/_release_/_relaxed_/"
done
if [ $caught -lt 5 ]; then
	echo "FAIL only $caught orderings found in ring.c: are there fewer?"
	failed=1
fi

put='r->slots\[head & r->mask\] = p;'
take='p = r->slots\[tail & r->mask\];'
mutant "full is one too late" 's/> r->mask)/> r->mask + 1)/'
mutant "published before written" \
	"/$put/d;/atom_store_release_u32(&r->head/a r->slots[head \\& r->mask] = p;"
mutant "given back before read" \
	"/$take/d;/atom_store_release_u32(&r->tail/a p = r->slots[tail \\& r->mask];"
mutant "tail skips one" 's/tail + 1/tail + 2/'
mutant "producer never looks again" \
	's/r->tail_seen = atom_load_acquire.*/;/'
mutant "consumer never looks again" \
	's/r->head_seen = atom_load_acquire.*/;/'
exit $failed
