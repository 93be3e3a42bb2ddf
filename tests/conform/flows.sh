#!/usr/bin/env bash
# Every conversation of the reference captures has the reference's counts.
srcdir=${srcdir:-.}
captures=${RAWTOP_CAPTURES:-$srcdir/../shared/captures}
if [ ! -d "$captures/reference" ]; then
	echo "skipped: no ../shared/captures"
	exit 77
fi
exec python3 "$srcdir/tests/conform/flows.py" ./rawtop "$captures" \
	"$srcdir/tests/conform/differences.tsv"
