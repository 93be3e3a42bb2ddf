# The decoder's target.
check_PROGRAMS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/driver.h
tests_fuzz_fuzz_decode_LDADD = $(CORE_LIBS)
if WITH_FUZZ
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
tests_fuzz_fuzz_decode_SOURCES += tests/fuzz/driver.c
endif

dist_check_SCRIPTS += tests/fuzz/corpus_decode.sh
TESTS += tests/fuzz/corpus_decode.sh
EXTRA_DIST += tests/fuzz/corpus/decode
