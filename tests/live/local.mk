dist_check_SCRIPTS += tests/live/vantages.sh
TESTS += tests/live/vantages.sh
EXTRA_DIST += tests/live/lib.sh
