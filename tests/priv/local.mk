# tests of priv
if WITH_CRITERION
check_PROGRAMS += tests/priv/test_helper tests/priv/test_priv
TESTS += tests/priv/test_helper tests/priv/test_priv

tests_priv_test_helper_SOURCES = \
	tests/priv/space.c tests/priv/space.h tests/priv/test_helper.c
tests_priv_test_helper_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_priv_test_helper_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_priv_test_priv_SOURCES = \
	tests/priv/space.c tests/priv/space.h tests/priv/test_priv.c
tests_priv_test_priv_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_priv_test_priv_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
