# The command line: reading it, and what it says of bad input.
dist_check_SCRIPTS += tests/cmd/bad_input.sh tests/cmd/doctor.sh \
	tests/cmd/man.sh
TESTS += tests/cmd/bad_input.sh tests/cmd/doctor.sh tests/cmd/man.sh

if WITH_CRITERION
check_PROGRAMS += tests/cmd/test_options
TESTS += tests/cmd/test_options
tests_cmd_test_options_SOURCES = tests/cmd/test_options.c
tests_cmd_test_options_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_cmd_test_options_LDADD = libcmd.a $(CORE_LIBS) $(CRITERION_LIBS)
endif
