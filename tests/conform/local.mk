# Real captures: what is read of them, against a reference and against itself.
dist_check_SCRIPTS += tests/conform/flows.sh tests/conform/balance.sh
TESTS += tests/conform/flows.sh tests/conform/balance.sh
EXTRA_DIST += \
	doc/differences.md \
	tests/conform/balance.py \
	tests/conform/differences.tsv \
	tests/conform/flows.py
