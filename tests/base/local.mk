if WITH_CRITERION
BASE_TESTS = \
	tests/base/test_bits \
	tests/base/test_clock \
	tests/base/test_err \
	tests/base/test_memory \
	tests/base/test_text \
	tests/base/test_thread
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)

tests_base_test_bits_SOURCES = tests/base/test_bits.c
tests_base_test_bits_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_bits_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_base_test_clock_SOURCES = tests/base/test_clock.c
tests_base_test_clock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_clock_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_base_test_err_SOURCES = tests/base/test_err.c
tests_base_test_err_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_err_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_base_test_memory_SOURCES = tests/base/test_memory.c
tests_base_test_memory_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_memory_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_base_test_text_SOURCES = tests/base/test_text.c
tests_base_test_text_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_text_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_base_test_thread_SOURCES = tests/base/test_thread.c
tests_base_test_thread_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_base_test_thread_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif

# The style of all rooms. The self-test shows that each rule can fail.
dist_check_SCRIPTS += tests/tidy.sh tests/base/tidy_selftest.sh
TESTS += tests/tidy.sh tests/base/tidy_selftest.sh
