# Tests of the flow table.
if WITH_CRITERION
FLOW_TABLE_TESTS = \
	tests/flow/test_datagram \
	tests/flow/test_fragment \
	tests/flow/test_hash \
	tests/flow/test_key \
	tests/flow/test_table \
	tests/flow/test_table_clock \
	tests/flow/test_table_model \
	tests/flow/test_table_quick \
	tests/flow/test_tcp \
	tests/flow/test_verdict
check_PROGRAMS += $(FLOW_TABLE_TESTS)
TESTS += $(FLOW_TABLE_TESTS)

tests_flow_test_datagram_SOURCES = tests/flow/test_datagram.c
tests_flow_test_datagram_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_datagram_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_fragment_SOURCES = tests/flow/test_fragment.c tests/flow/table_help.h
tests_flow_test_fragment_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_fragment_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_hash_SOURCES = tests/flow/test_hash.c tests/flow/table_help.h
tests_flow_test_hash_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_hash_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_key_SOURCES = tests/flow/test_key.c
tests_flow_test_key_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_key_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_table_SOURCES = tests/flow/test_table.c tests/flow/table_help.h
tests_flow_test_table_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_table_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_table_clock_SOURCES = tests/flow/test_table_clock.c tests/flow/table_help.h
tests_flow_test_table_clock_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_table_clock_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_table_model_SOURCES = tests/flow/test_table_model.c tests/flow/table_help.h
tests_flow_test_table_model_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_table_model_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_table_quick_SOURCES = tests/flow/test_table_quick.c tests/flow/table_help.h
tests_flow_test_table_quick_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_table_quick_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_tcp_SOURCES = tests/flow/test_tcp.c
tests_flow_test_tcp_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_tcp_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_flow_test_verdict_SOURCES = tests/flow/test_verdict.c tests/flow/table_help.h
tests_flow_test_verdict_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_verdict_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif

# Plain programs: Criterion does not work under ThreadSanitizer.
check_PROGRAMS += tests/flow/stress_table tests/flow/bench_table
TESTS += tests/flow/stress_table tests/flow/stress_table.sh
dist_check_SCRIPTS += tests/flow/stress_table.sh
tests_flow_stress_table_SOURCES = tests/flow/stress_table.c \
	tests/flow/table_help.h
tests_flow_stress_table_LDADD = $(CORE_LIBS)
# Run by ./dev bench.
tests_flow_bench_table_SOURCES = tests/flow/bench_table.c
tests_flow_bench_table_LDADD = $(CORE_LIBS)
