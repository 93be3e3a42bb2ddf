#!/usr/bin/env bash
# Any file ends in order, with an account that balances and records that add
# up to it.
srcdir=${srcdir:-.}
captures=${RAWTOP_CAPTURES:-$srcdir/../shared/captures}
if [ ! -d "$captures/core" ]; then
	echo "skipped: no ../shared/captures"
	exit 77
fi
exec python3 "$srcdir/tests/conform/balance.py" ./rawtop "$captures"
