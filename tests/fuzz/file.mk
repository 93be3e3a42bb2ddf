# The file source's target.
check_PROGRAMS += tests/fuzz/fuzz_file
tests_fuzz_fuzz_file_SOURCES = tests/fuzz/fuzz_file.c tests/fuzz/driver.h
tests_fuzz_fuzz_file_LDADD = $(CORE_LIBS)
if WITH_FUZZ
tests_fuzz_fuzz_file_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
tests_fuzz_fuzz_file_SOURCES += tests/fuzz/driver.c
endif

dist_check_SCRIPTS += tests/fuzz/corpus_file.sh
TESTS += tests/fuzz/corpus_file.sh
EXTRA_DIST += tests/fuzz/corpus/file
