# The lab: its hosts fed directly, and all of it as a person runs it.
check_PROGRAMS += tests/lab/lab_probe
tests_lab_lab_probe_SOURCES = tests/lab/lab_probe.c

dist_check_SCRIPTS += tests/lab/lab.sh
TESTS += tests/lab/lab.sh

if WITH_CRITERION
check_PROGRAMS += tests/lab/test_hosts
TESTS += tests/lab/test_hosts
tests_lab_test_hosts_SOURCES = tests/lab/test_hosts.c
tests_lab_test_hosts_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_lab_test_hosts_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
