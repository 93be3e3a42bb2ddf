# tests of columns, filter, record, topk, names
if WITH_CRITERION
check_PROGRAMS += \
	tests/flow/test_columns \
	tests/flow/test_filter \
	tests/flow/test_names \
	tests/flow/test_record \
	tests/flow/test_topk \
	tests/flow/test_topk_select
TESTS += \
	tests/flow/test_columns \
	tests/flow/test_filter \
	tests/flow/test_names \
	tests/flow/test_record \
	tests/flow/test_topk \
	tests/flow/test_topk_select
tests_flow_test_columns_SOURCES = tests/flow/test_columns.c
tests_flow_test_columns_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_columns_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_flow_test_filter_SOURCES = tests/flow/test_filter.c
tests_flow_test_filter_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_filter_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_flow_test_names_SOURCES = tests/flow/test_names.c
tests_flow_test_names_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_names_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_flow_test_record_SOURCES = tests/flow/test_record.c
tests_flow_test_record_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_record_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_flow_test_topk_SOURCES = tests/flow/test_topk.c
tests_flow_test_topk_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_topk_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_flow_test_topk_select_SOURCES = tests/flow/test_topk_select.c
tests_flow_test_topk_select_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_topk_select_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
# Threads; under TSan when the build is (--enable-sanitize=thread).
check_PROGRAMS += tests/flow/stress_topk
TESTS += tests/flow/stress_topk
tests_flow_stress_topk_SOURCES = tests/flow/stress_topk.c
tests_flow_stress_topk_LDADD = $(CORE_LIBS)
# Built by `make check`, run by ./dev bench.
check_PROGRAMS += tests/flow/bench_topk
tests_flow_bench_topk_SOURCES = tests/flow/bench_topk.c
tests_flow_bench_topk_LDADD = $(CORE_LIBS)
