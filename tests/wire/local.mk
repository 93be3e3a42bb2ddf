# Tests of the wire room. check_captures is a plain program: it needs captures
# that are not part of the source, and is skipped without them. bench_decode is
# run by the benchmark.
check_PROGRAMS += tests/wire/check_captures tests/wire/bench_decode
TESTS += tests/wire/check_captures
tests_wire_check_captures_SOURCES = \
	tests/wire/check_captures.c \
	tests/wire/facts.c tests/wire/facts.h \
	tests/wire/known.c tests/wire/known.h \
	tests/wire/reference.c tests/wire/reference.h
tests_wire_check_captures_LDADD = $(CORE_LIBS)
tests_wire_bench_decode_SOURCES = tests/wire/bench_decode.c
tests_wire_bench_decode_LDADD = $(CORE_LIBS)
EXTRA_DIST += tests/wire/captures.known

if WITH_CRITERION
wire_criterion = \
	tests/wire/test_fields \
	tests/wire/test_quoted \
	tests/wire/test_view \
	tests/wire/test_view_ipv6 \
	tests/wire/test_view_link \
	tests/wire/test_view_tunnel
check_PROGRAMS += $(wire_criterion)
TESTS += $(wire_criterion)
wire_packet = tests/wire/packet.c tests/wire/packet.h
tests_wire_test_fields_SOURCES = tests/wire/test_fields.c
tests_wire_test_fields_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_fields_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_wire_test_quoted_SOURCES = tests/wire/test_quoted.c $(wire_packet)
tests_wire_test_quoted_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_quoted_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_wire_test_view_SOURCES = tests/wire/test_view.c $(wire_packet)
tests_wire_test_view_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_view_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_wire_test_view_ipv6_SOURCES = tests/wire/test_view_ipv6.c $(wire_packet)
tests_wire_test_view_ipv6_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_view_ipv6_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_wire_test_view_link_SOURCES = tests/wire/test_view_link.c $(wire_packet)
tests_wire_test_view_link_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_view_link_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
tests_wire_test_view_tunnel_SOURCES = tests/wire/test_view_tunnel.c \
	$(wire_packet)
tests_wire_test_view_tunnel_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_wire_test_view_tunnel_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
