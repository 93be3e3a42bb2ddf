/*
 * bench_live wire|host IFACE SECONDS [SNAPLEN [RING_BYTES]]: takes packets by
 * a live source and lets them go, until SECONDS after the first block; prints
 * the counts and the CPU time of the source alone, per million packets. Run
 * by hand against tests/bench/blast, in namespaces made for it.
 */
#include "port/sources.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double cpu_s(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static struct source *open_source(struct priv *priv, int argc, char *argv[],
				  struct err *e)
{
	static const uint8_t protos[] = {17};
	const char *iface = argv[2];
	uint32_t snaplen = argc > 4 ? (uint32_t)atol(argv[4]) : 512;
	struct source_wire_config wire = {
		.iface = strcmp(iface, "all") == 0 ? NULL : iface,
		.snaplen = snaplen,
		.filter = NULL,
		.ring_bytes = argc > 5 ? (uint32_t)atol(argv[5]) : 0,
	};
	struct source_host_config host = {
		.protos = protos,
		.proto_count = 1,
		.ifaces = &iface,
		.iface_count = wire.iface == NULL ? 0 : 1,
		.snaplen = snaplen,
		.filter = NULL,
	};

	if (strcmp(argv[1], "wire") == 0)
		return source_wire_open(priv, &wire, e);
	return source_host_open(priv, &host, e);
}

static void take(struct source *s, uint64_t duration_ns)
{
	uint64_t end_ns = 0;
	struct err e;
	struct block *b;
	enum source_take took;

	do {
		took = s->ops->next(s, &b, 100, &e);
		if (took != SOURCE_BLOCK)
			continue;
		if (end_ns == 0)
			end_ns = clock_monotonic_ns() + duration_ns;
		s->ops->release(s, b);
	} while (took != SOURCE_FAILED &&
		 (end_ns == 0 || clock_monotonic_ns() < end_ns ||
		  took == SOURCE_BLOCK));
}

int main(int argc, char *argv[])
{
	struct err e;
	struct priv *priv;
	struct source *s;
	struct rusage before, after;
	uint64_t delivered;

	if (argc < 4) {
		fprintf(stderr, "usage: bench_live wire|host IFACE SECONDS "
				"[SNAPLEN [RING_BYTES]]\n");
		return EXIT_USAGE;
	}
	priv = priv_start(&e);
	s = priv == NULL ? NULL : open_source(priv, argc, argv, &e);
	if (s == NULL) {
		fprintf(stderr, "bench_live: %s\n", e.text);
		priv_stop(priv);
		return (int)e.status;
	}
	getrusage(RUSAGE_THREAD, &before);
	take(s, (uint64_t)(atof(argv[3]) * 1e9));
	getrusage(RUSAGE_THREAD, &after);
	delivered = atom_load_relaxed_u64(&s->counts.delivered);
#define SOURCE_COUNT(name, label, help)                                        \
	printf("%s %llu  ", label,                                             \
	       (unsigned long long)atom_load_relaxed_u64(&s->counts.name));
#include "port/source_counts.def"
#undef SOURCE_COUNT
	printf("\n%s (%s): user %.3f s, system %.3f s; %.4f CPU s per million "
	       "packets; %ld waits, %.1f packets a block\n",
	       s->label, s->note,
	       cpu_s(&after.ru_utime) - cpu_s(&before.ru_utime),
	       cpu_s(&after.ru_stime) - cpu_s(&before.ru_stime),
	       (cpu_s(&after.ru_utime) - cpu_s(&before.ru_utime) +
		cpu_s(&after.ru_stime) - cpu_s(&before.ru_stime)) *
		       1e6 / (double)(delivered ? delivered : 1),
	       after.ru_nvcsw - before.ru_nvcsw,
	       (double)delivered /
		       (double)(atom_load_relaxed_u64(&s->counts.blocks) + 1));
	s->ops->close(s);
	priv_stop(priv);
	return EXIT_OK;
}
