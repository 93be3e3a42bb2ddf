# tests/port: live
check_PROGRAMS += tests/port/bench_live
tests_port_bench_live_SOURCES = tests/port/bench_live.c
tests_port_bench_live_LDADD = $(CORE_LIBS)

dist_check_SCRIPTS += tests/port/stress_desk.sh
TESTS += tests/port/stress_desk.sh
EXTRA_DIST += tests/port/stress_desk.c

if WITH_CRITERION
port_live_world = \
	tests/port/filter_text.h \
	tests/port/world.c tests/port/world.h \
	tests/priv/space.c tests/priv/space.h

port_live_tests = \
	tests/port/test_filter \
	tests/port/test_filter_desk \
	tests/port/test_host \
	tests/port/test_host_filter \
	tests/port/test_wire \
	tests/port/test_wire_filter \
	tests/port/test_wire_iface
check_PROGRAMS += $(port_live_tests)
TESTS += $(port_live_tests)

tests_port_test_filter_SOURCES = \
	tests/port/test_filter.c tests/port/filter_text.h
tests_port_test_filter_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_filter_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_filter_desk_SOURCES = tests/port/test_filter_desk.c
tests_port_test_filter_desk_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_filter_desk_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_host_filter_SOURCES = \
	tests/port/test_host_filter.c $(port_live_world)
tests_port_test_host_filter_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_host_filter_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_host_SOURCES = tests/port/test_host.c $(port_live_world)
tests_port_test_host_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_host_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_wire_SOURCES = tests/port/test_wire.c $(port_live_world)
tests_port_test_wire_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_wire_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_wire_filter_SOURCES = \
	tests/port/test_wire_filter.c $(port_live_world)
tests_port_test_wire_filter_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_wire_filter_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_wire_iface_SOURCES = \
	tests/port/test_wire_iface.c $(port_live_world)
tests_port_test_wire_iface_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_wire_iface_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
