# tests/port: live
if WITH_CRITERION
port_live_world = \
	tests/port/world.c tests/port/world.h \
	tests/priv/space.c tests/priv/space.h

check_PROGRAMS += tests/port/test_host tests/port/test_wire
TESTS += tests/port/test_host tests/port/test_wire

tests_port_test_host_SOURCES = tests/port/test_host.c $(port_live_world)
tests_port_test_host_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_host_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_wire_SOURCES = tests/port/test_wire.c $(port_live_world)
tests_port_test_wire_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_wire_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
