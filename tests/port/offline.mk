# Sources that need no privilege: files, and traffic that is made.
if WITH_CRITERION
offline_tests = \
	tests/port/test_file \
	tests/port/test_file_faults \
	tests/port/test_file_filter \
	tests/port/test_file_pipe \
	tests/port/test_pcapng \
	tests/port/test_made \
	tests/port/test_made_text
check_PROGRAMS += $(offline_tests)
TESTS += $(offline_tests)

tests_port_test_file_SOURCES = tests/port/test_file.c \
	tests/port/test_pack.c tests/port/test_pack.h \
	tests/port/filter_text.h
tests_port_test_file_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_file_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_file_faults_SOURCES = tests/port/test_file_faults.c \
	tests/port/test_pack.c tests/port/test_pack.h \
	tests/port/filter_text.h
tests_port_test_file_faults_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_file_faults_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_file_filter_SOURCES = tests/port/test_file_filter.c \
	tests/port/filter_text.h
tests_port_test_file_filter_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_file_filter_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_file_pipe_SOURCES = tests/port/test_file_pipe.c \
	tests/port/test_pack.c tests/port/test_pack.h \
	tests/port/filter_text.h
tests_port_test_file_pipe_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_file_pipe_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_pcapng_SOURCES = tests/port/test_pcapng.c \
	tests/port/test_pack.c tests/port/test_pack.h \
	tests/port/filter_text.h
tests_port_test_pcapng_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_pcapng_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_made_SOURCES = tests/port/test_made.c \
	tests/port/filter_text.h
tests_port_test_made_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_made_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_port_test_made_text_SOURCES = tests/port/test_made_text.c
tests_port_test_made_text_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_port_test_made_text_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif

# Real captures, where they are: compared with libpcap.
check_PROGRAMS += tests/port/test_captures
TESTS += tests/port/test_captures
tests_port_test_captures_SOURCES = tests/port/test_captures.c
tests_port_test_captures_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCAPTURES_DIR='"$(top_srcdir)/../shared/captures"'
tests_port_test_captures_LDADD = $(CORE_LIBS)

# Writes made traffic into a pcap file, for the benchmarks.
check_PROGRAMS += tests/port/mkpcap
tests_port_mkpcap_SOURCES = tests/port/mkpcap.c
tests_port_mkpcap_LDADD = $(CORE_LIBS)
