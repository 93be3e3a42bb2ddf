dist_check_SCRIPTS += tests/live/vantages.sh tests/live/privilege.sh \
	tests/live/faults.sh
TESTS += tests/live/vantages.sh tests/live/privilege.sh \
	tests/live/faults.sh
EXTRA_DIST += tests/live/lib.sh
