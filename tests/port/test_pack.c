#include "test_pack.h"

#include "port/file.h"
#include "port/sources.h"
#include "tests/port/filter_text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- writing --- */

void pack_bytes(struct pack *p, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	while (p->room < p->size + n) {
		p->room = p->room ? p->room * 2 : 4096;
		p->bytes = realloc(p->bytes, p->room);
		assert(p->bytes);
	}
	memcpy(p->bytes + p->size, bytes, n);
	p->size += n;
}

void pack_u16(struct pack *p, uint16_t x)
{
	uint8_t b[2] = {(uint8_t)x, (uint8_t)(x >> 8)};

	if (p->big) {
		b[0] = (uint8_t)(x >> 8);
		b[1] = (uint8_t)x;
	}
	pack_bytes(p, b, 2);
}

void pack_u32(struct pack *p, uint32_t x)
{
	pack_u16(p, (uint16_t)(p->big ? x >> 16 : x));
	pack_u16(p, (uint16_t)(p->big ? x : x >> 16));
}

void pack_free(struct pack *p)
{
	free(p->bytes);
	*p = (struct pack){.big = p->big};
}

void pack_pcap(struct pack *p, uint32_t magic, unsigned version_minor,
	       uint32_t snaplen, uint32_t linktype)
{
	pack_u32(p, magic);
	pack_u16(p, 2);
	pack_u16(p, (uint16_t)version_minor);
	pack_u32(p, 0);
	pack_u32(p, 0);
	pack_u32(p, snaplen);
	pack_u32(p, linktype);
}

void pack_record(struct pack *p, uint32_t seconds, uint32_t fraction,
		 const void *data, uint32_t caplen, uint32_t len)
{
	pack_u32(p, seconds);
	pack_u32(p, fraction);
	pack_u32(p, caplen);
	pack_u32(p, len);
	pack_bytes(p, data, caplen);
}

void pack_record_of(struct pack *p, uint32_t seed, uint32_t n)
{
	uint8_t *data = malloc(n + 1);

	assert(data);
	for (uint32_t i = 0; i < n; i++)
		data[i] = (uint8_t)(seed + i);
	pack_record(p, seed, 7, data, n, n);
	free(data);
}

static void pack_pad(struct pack *p)
{
	static const uint8_t zeros[4];

	pack_bytes(p, zeros, (4 - p->size % 4) % 4);
}

void pack_block(struct pack *p, uint32_t type, const struct pack *body)
{
	uint32_t total = (uint32_t)(12 + (body->size + 3) / 4 * 4);

	pack_u32(p, type);
	pack_u32(p, total);
	pack_bytes(p, body->bytes, body->size);
	pack_pad(p);
	pack_u32(p, total);
}

void pack_section(struct pack *p)
{
	struct pack body = {.big = p->big};

	pack_u32(&body, 0x1a2b3c4d);
	pack_u16(&body, 1);
	pack_u16(&body, 0);
	pack_u32(&body, UINT32_MAX);
	pack_u32(&body, UINT32_MAX);
	pack_block(p, 0x0a0d0d0a, &body);
	pack_free(&body);
}

void pack_option(struct pack *p, uint16_t code, const void *value, uint16_t n)
{
	pack_u16(p, code);
	pack_u16(p, n);
	pack_bytes(p, value, n);
	pack_pad(p);
}

void pack_iface(struct pack *p, uint16_t linktype, uint32_t snaplen,
		int tsresol)
{
	struct pack body = {.big = p->big};
	uint8_t resolution = (uint8_t)tsresol;

	pack_u16(&body, linktype);
	pack_u16(&body, 0);
	pack_u32(&body, snaplen);
	if (tsresol >= 0) {
		pack_option(&body, 2, "eth0", 4);
		pack_option(&body, 9, &resolution, 1);
		pack_option(&body, 0, NULL, 0);
	}
	pack_block(p, 1, &body);
	pack_free(&body);
}

void pack_enhanced(struct pack *p, uint32_t iface, uint64_t units,
		   const void *data, uint32_t caplen, uint32_t len,
		   const uint32_t *flags)
{
	struct pack body = {.big = p->big};

	pack_u32(&body, iface);
	pack_u32(&body, (uint32_t)(units >> 32));
	pack_u32(&body, (uint32_t)units);
	pack_u32(&body, caplen);
	pack_u32(&body, len);
	pack_bytes(&body, data, caplen);
	pack_pad(&body);
	if (flags) {
		pack_option(&body, 1, "a word", 6);
		pack_u16(&body, 2);
		pack_u16(&body, 4);
		pack_u32(&body, *flags);
		pack_option(&body, 0, NULL, 0);
	}
	pack_block(p, 6, &body);
	pack_free(&body);
}

/* --- reading --- */

int pack_open(const void *bytes, size_t n)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, bytes, n) == (ssize_t)n);
	assert(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

struct source *pack_source(const void *bytes, size_t n, const char *filter,
			   struct err *e)
{
	struct port_filter *given = filter_text(filter);
	int fd = pack_open(bytes, n);
	struct source *s;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	s = source_file_open(path, given, e);
	port_filter_release(given);
	close(fd);
	return s;
}

struct source *pack_source_pipe(const void *bytes, size_t n, int *fd,
				struct err *e)
{
	int ends[2];

	assert(pipe(ends) == 0);
	assert(write(ends[1], bytes, n) == (ssize_t)n);
	close(ends[1]);
	*fd = ends[0];
	return source_file_open_fd(ends[0], "a pipe", NULL, e);
}

static void seen_add(struct seen *s, const struct packet *p)
{
	struct seen_packet *to;

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->packets = realloc(s->packets, s->room * sizeof(*s->packets));
		assert(s->packets);
	}
	to = &s->packets[s->count++];
	*to = (struct seen_packet){
		.time_ns = p->time_ns,
		.caplen = p->caplen,
		.len = p->len,
		.iface = p->iface,
		.link = p->link,
		.flags = p->flags,
		.data = malloc(p->caplen + 1),
	};
	assert(to->data);
	memcpy(to->data, p->data, p->caplen);
}

void seen_take(struct seen *s, struct source *source, unsigned timeout_ms)
{
	struct block *b;

	while ((s->end = source->ops->next(source, &b, timeout_ms, &s->e)) ==
	       SOURCE_BLOCK) {
		assert(b->count > 0 && b->count <= b->capacity);
		for (uint32_t i = 0; i < b->count; i++) {
			const struct packet *p = &b->packets[i];

			assert(p->data >= b->data &&
			       p->data + p->caplen <= b->data + b->data_size);
			assert(p->len >= p->caplen);
			assert(p->flags & PACKET_FLAG_OFFLINE);
			seen_add(s, p);
		}
		source->ops->release(source, b);
	}
}

void seen_all(struct seen *s, struct source *source)
{
	const struct source_counts *c = &source->counts;

	do
		seen_take(s, source, 1000);
	while (s->end == SOURCE_NOTHING);
	s->counted[COUNT_SEEN] = atom_load_relaxed_u64(&c->seen);
	s->counted[COUNT_DELIVERED] = atom_load_relaxed_u64(&c->delivered);
	s->counted[COUNT_FILTERED] = atom_load_relaxed_u64(&c->filtered);
	s->counted[COUNT_DAMAGED] = atom_load_relaxed_u64(&c->damaged);
	assert(s->counted[COUNT_SEEN] == s->counted[COUNT_DELIVERED] +
						 s->counted[COUNT_FILTERED] +
						 s->counted[COUNT_DAMAGED]);
	assert(s->counted[COUNT_DELIVERED] == s->count);
	source->ops->close(source);
}

bool seen_pack(struct seen *s, const struct pack *p, const char *filter)
{
	struct source *source;

	*s = (struct seen){0};
	source = pack_source(p->bytes, p->size, filter, &s->e);
	if (!source)
		return false;
	seen_all(s, source);
	return true;
}

void seen_free(struct seen *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->packets[i].data);
	free(s->packets);
	*s = (struct seen){0};
}
