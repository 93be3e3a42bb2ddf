#!/usr/bin/env bash
# Every conversation of the reference captures has the reference's counts, but
# where doc/differences.md says why not.
srcdir=${srcdir:-.}
list=$srcdir/tests/conform/differences.tsv
reasons=$srcdir/doc/differences.md

grep -v '^#' "$list" | cut -f 3 | sort -u | while read -r why; do
	grep -qxF "### $why" "$reasons" || echo "$reasons lacks: $why"
done | grep . && exit 1

captures=${RAWTOP_CAPTURES:-$srcdir/../shared/captures}
if [ ! -d "$captures/reference" ]; then
	echo "skipped: no ../shared/captures"
	exit 77
fi
exec python3 "$srcdir/tests/conform/flows.py" ./rawtop "$captures" "$list"
