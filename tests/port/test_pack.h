/*
 * test_pack.h: builds capture files byte by byte, and reads them back through
 * the file source.
 */
#ifndef RAWTOP_TESTS_PORT_TEST_PACK_H
#define RAWTOP_TESTS_PORT_TEST_PACK_H

#include "port/source.h"

#include <stddef.h>
#include <stdint.h>

/* --- writing --- */

struct pack {
	uint8_t *bytes;
	size_t size;
	size_t room;
	bool big; /* the order of bytes */
};

void pack_bytes(struct pack *p, const void *bytes, size_t n);
void pack_u16(struct pack *p, uint16_t x);
void pack_u32(struct pack *p, uint32_t x);
void pack_free(struct pack *p);

#define PACK_US	      0xa1b2c3d4u
#define PACK_NS	      0xa1b23c4du
#define PACK_MODIFIED 0xa1b2cd34u

void pack_pcap(struct pack *p, uint32_t magic, unsigned version_minor,
	       uint32_t snaplen, uint32_t linktype);
void pack_record(struct pack *p, uint32_t seconds, uint32_t fraction,
		 const void *data, uint32_t caplen, uint32_t len);

/* n bytes that tell where they belong: (seed + i) & 0xff. */
void pack_record_of(struct pack *p, uint32_t seed, uint32_t n);

/* A block of pcapng around a body. */
void pack_block(struct pack *p, uint32_t type, const struct pack *body);
void pack_section(struct pack *p);
void pack_option(struct pack *p, uint16_t code, const void *value, uint16_t n);
/* tsresol < 0: none is written. */
void pack_iface(struct pack *p, uint16_t linktype, uint32_t snaplen,
		int tsresol);
void pack_enhanced(struct pack *p, uint32_t iface, uint64_t units,
		   const void *data, uint32_t caplen, uint32_t len,
		   const uint32_t *flags);

/* --- reading --- */

struct seen_packet {
	uint64_t time_ns;
	uint32_t caplen;
	uint32_t len;
	uint32_t iface;
	uint8_t link;
	uint8_t flags;
	uint8_t *data; /* owned */
};

struct seen {
	struct seen_packet *packets;
	size_t count;
	size_t room;
	enum source_take end;
	struct err e;
	uint64_t counted[4]; /* seen, delivered, filtered, damaged */
};

enum { COUNT_SEEN, COUNT_DELIVERED, COUNT_FILTERED, COUNT_DAMAGED };

/* A descriptor of an unnamed file with these bytes, at its beginning. */
int pack_open(const void *bytes, size_t n);

/* The source over these bytes, by a path (so as a program opens it); NULL
 * with *e set. */
struct source *pack_source(const void *bytes, size_t n, const char *filter,
			   struct err *e);

/* The same through a pipe that holds them all, its writer gone; n is at most
 * what a pipe holds. */
struct source *pack_source_pipe(const void *bytes, size_t n, int *fd,
				struct err *e);

/* Takes until something else than a block comes; asserts that descriptors
 * stay inside their block. */
void seen_take(struct seen *s, struct source *source, unsigned timeout_ms);

/* seen_take to the end, the counts, and close. */
void seen_all(struct seen *s, struct source *source);

/* Reads a whole file; false with s->e set when it does not open. */
bool seen_pack(struct seen *s, const struct pack *p, const char *filter);

void seen_free(struct seen *s);

#endif
