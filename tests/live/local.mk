dist_check_SCRIPTS += tests/live/vantages.sh tests/live/privilege.sh \
	tests/live/faults.sh tests/live/slow_names.sh
TESTS += tests/live/vantages.sh tests/live/privilege.sh \
	tests/live/faults.sh tests/live/slow_names.sh
EXTRA_DIST += tests/live/lib.sh
