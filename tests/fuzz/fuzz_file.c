/*
 * fuzz_file.c: the file source over any bytes, once as a file and once through
 * a pipe. It must say the same about both: the same packets and the same kind
 * of end; every descriptor lies inside its block, and the counts keep the law.
 */
#include "driver.h"

#include "port/file.h"
#include "port/sources.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a pipe holds. */
#define INPUT_BYTES_MAX 65536
/* More rounds than any such input can need. */
#define ROUNDS_MAX 100000

struct outcome {
	uint64_t packets;
	uint64_t hash;
	bool failed;
};

static void promise(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static void hash_u64(struct outcome *o, uint64_t x)
{
	o->hash = (o->hash ^ x) * UINT64_C(1099511628211);
}

static void take_block(struct outcome *o, const struct block *b)
{
	promise(b->count > 0 && b->count <= b->capacity, "a block has packets");
	for (uint32_t i = 0; i < b->count; i++) {
		const struct packet *p = &b->packets[i];

		promise(p->data >= b->data &&
				p->data <= b->data + b->data_size &&
				p->caplen <= b->data + b->data_size - p->data,
			"a packet lies inside its block");
		promise(p->len >= p->caplen, "no more is there than was");
		hash_u64(o, p->time_ns);
		hash_u64(o, p->len);
		hash_u64(o, p->iface);
		hash_u64(o, p->flags);
		for (uint32_t j = 0; j < p->caplen; j++)
			hash_u64(o, p->data[j]);
	}
	o->packets += b->count;
}

static void read_all(struct outcome *o, struct source *s)
{
	const struct source_counts *c = &s->counts;
	enum source_take take = SOURCE_NOTHING;
	unsigned rounds = 0;
	struct block *b;
	struct err e;

	while (take == SOURCE_NOTHING || take == SOURCE_BLOCK) {
		promise(rounds++ < ROUNDS_MAX, "it comes to an end");
		take = s->ops->next(s, &b, 0, &e);
		if (take == SOURCE_BLOCK) {
			take_block(o, b);
			s->ops->release(s, b);
		}
	}
	o->failed = take == SOURCE_FAILED;
	promise(!o->failed || e.text[0], "a failure has words");
	promise(atom_load_relaxed_u64(&c->delivered) == o->packets,
		"what is counted as delivered was");
	promise(atom_load_relaxed_u64(&c->seen) ==
			atom_load_relaxed_u64(&c->delivered) +
				atom_load_relaxed_u64(&c->filtered) +
				atom_load_relaxed_u64(&c->damaged),
		"seen = delivered + filtered + damaged");
	s->ops->close(s);
}

static struct outcome as_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct outcome o = {.failed = true};
	struct source *s;
	char path[64];
	struct err e;

	promise(fd >= 0 && write(fd, data, size) == (ssize_t)size,
		"a file can be made");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s = source_file_open(path, NULL, &e);
	if (s)
		read_all(&o, s);
	close(fd);
	return o;
}

static struct outcome as_pipe(const uint8_t *data, size_t size)
{
	struct outcome o = {.failed = true};
	struct source *s;
	struct err e;
	int ends[2];

	promise(pipe(ends) == 0 && write(ends[1], data, size) == (ssize_t)size,
		"a pipe can be made");
	close(ends[1]);
	s = source_file_open_fd(ends[0], "a pipe", NULL, &e);
	promise(s != NULL, "a pipe can be opened");
	read_all(&o, s);
	close(ends[0]);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome file;
	struct outcome line;

	if (size > INPUT_BYTES_MAX)
		size = INPUT_BYTES_MAX;
	file = as_file(data, size);
	line = as_pipe(data, size);
	promise(file.packets == line.packets && file.hash == line.hash &&
			file.failed == line.failed,
		"a pipe gives what a file gives");
	return 0;
}
