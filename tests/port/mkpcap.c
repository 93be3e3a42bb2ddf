/*
 * mkpcap SPEC OUT.pcap [us|ns]: writes made traffic into a pcap file; SPEC is
 * what source_made_parse reads and must bound `packets`. OUT may be "-".
 */
#include "base/clock.h"
#include "port/made_gen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WRITE_BYTES ((size_t)1 << 20)
#define RECORD_HEAD 16
#define SNAPLEN	    262144

struct out {
	const char *path;
	int fd;
	uint8_t *bytes;
	size_t used;
};

static bool out_flush(struct out *o)
{
	size_t done = 0;

	while (done < o->used) {
		ssize_t n = write(o->fd, o->bytes + done, o->used - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	o->used = 0;
	return true;
}

static void put_u16(struct out *o, uint16_t x)
{
	memcpy(o->bytes + o->used, &x, sizeof(x));
	o->used += sizeof(x);
}

static void put_u32(struct out *o, uint32_t x)
{
	memcpy(o->bytes + o->used, &x, sizeof(x));
	o->used += sizeof(x);
}

static void put_header(struct out *o, bool nanoseconds)
{
	put_u32(o, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4);
	put_u16(o, 2);
	put_u16(o, 4);
	put_u32(o, 0);
	put_u32(o, 0);
	put_u32(o, SNAPLEN);
	put_u32(o, 1);
}

static bool write_all(struct out *o, struct made_gen *g,
		      const struct source_made_config *config, bool nanoseconds)
{
	uint32_t frame_max = made_gen_frame_max(g);

	put_header(o, nanoseconds);
	for (uint64_t n = 0; n < config->packets; n++) {
		uint64_t time_ns = made_time_ns(config, n);
		uint32_t fraction_ns = (uint32_t)(time_ns % CLOCK_NS_PER_S);
		uint32_t size;

		if (o->used + RECORD_HEAD + frame_max > WRITE_BYTES &&
		    !out_flush(o))
			return false;
		size = made_gen_frame(g, o->bytes + o->used + RECORD_HEAD);
		put_u32(o, (uint32_t)(time_ns / CLOCK_NS_PER_S));
		put_u32(o, nanoseconds ? fraction_ns : fraction_ns / 1000);
		put_u32(o, size);
		put_u32(o, size);
		o->used += size;
	}
	return out_flush(o);
}

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "mkpcap: %s: %s\n", what, why);
	return 1;
}

int main(int argc, char **argv)
{
	struct source_made_config config;
	struct out o = {.fd = STDOUT_FILENO};
	struct made_gen *g;
	struct err e;
	bool ok;

	if (argc < 3 || argc > 4 ||
	    (argc == 4 && strcmp(argv[3], "us") && strcmp(argv[3], "ns"))) {
		fprintf(stderr, "usage: mkpcap SPEC OUT.pcap [us|ns]\n");
		return 1;
	}
	if (!source_made_parse(argv[1], &config, &e))
		return fail(argv[1], e.text);
	if (config.packets == 0)
		return fail(argv[1], "say how many packets: packets=1e6");
	g = made_gen_open(&config, &e);
	if (!g)
		return fail(argv[1], e.text);
	o.bytes = malloc(WRITE_BYTES);
	if (!o.bytes)
		return fail(argv[2], "no memory");
	if (strcmp(argv[2], "-") != 0)
		o.fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0666);
	if (o.fd < 0)
		return fail(argv[2], strerror(errno));
	ok = write_all(&o, g, &config, argc == 4 && argv[3][0] == 'n') &&
	     close(o.fd) == 0;
	made_gen_close(g);
	free(o.bytes);
	return ok ? 0 : fail(argv[2], strerror(errno));
}
