# Programs of the benchmark; built by `make check`, run by tests/bench/bench.sh.
check_PROGRAMS += tests/bench/blast tests/bench/count_pcap
tests_bench_blast_SOURCES = tests/bench/blast.c
tests_bench_count_pcap_SOURCES = tests/bench/count_pcap.c
tests_bench_count_pcap_LDADD = $(PCAP_LIBS)
EXTRA_DIST += tests/bench/bench.sh tests/bench/lib.sh tests/bench/offline.sh \
	tests/bench/live.sh tests/bench/inside.sh
