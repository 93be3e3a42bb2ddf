if WITH_CRITERION
check_PROGRAMS += tests/engine/test_blind tests/engine/test_engine
TESTS += tests/engine/test_blind tests/engine/test_engine
tests_engine_test_blind_SOURCES = tests/engine/test_blind.c
tests_engine_test_blind_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_engine_test_blind_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_engine_test_engine_SOURCES = tests/engine/test_engine.c \
	tests/port/filter_text.h
tests_engine_test_engine_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_engine_test_engine_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
