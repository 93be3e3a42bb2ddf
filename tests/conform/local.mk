dist_check_SCRIPTS += tests/conform/flows.sh
TESTS += tests/conform/flows.sh
EXTRA_DIST += tests/conform/flows.py tests/conform/differences.tsv
