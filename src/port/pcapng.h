/*
 * pcapng.h: the newer capture format, after draft-ietf-opsawg-pcapng: typed
 * blocks in sections; each section has a byte order and interfaces of its
 * own, each interface a link type and a resolution of time.
 */
#ifndef RAWTOP_PORT_PCAPNG_H
#define RAWTOP_PORT_PCAPNG_H

#include "port/file_walk.h"
#include "wire/link.h"

/* The first bytes of a section header, which tell what it is. */
#define PCAPNG_HEAD_SIZE 16
/* How many interfaces one input may describe, all its sections together. */
#define PCAPNG_IFACES_MAX 65536

struct pcapng_iface {
	uint8_t link; /* enum link_type */
	bool binary;  /* the unit of time is 2^-exponent s, not 10^- */
	uint8_t exponent;
	uint64_t unit_ns; /* when a unit is whole ns and nothing is added */
	int64_t offset_s; /* to be added to each time */
	uint32_t snaplen; /* 0: no limit */
	uint32_t caplen_max;
};

struct pcapng {
	bool swap;	     /* this section's byte order is not ours */
	uint32_t caplen_max; /* of any interface so far */
	uint32_t iface_base; /* interfaces of the sections before */
	uint32_t iface_count;
	uint32_t iface_room;
	struct pcapng_iface *ifaces; /* of this section */
	uint64_t blocks;	     /* read so far */
};

/* Does the input begin as such a file? */
bool pcapng_recognise(const uint8_t magic[4]);

/* Can the first section be read? False with *e set. The section itself is
 * read by the walk. */
bool pcapng_begin(struct pcapng *g, const char *name,
		  const uint8_t head[PCAPNG_HEAD_SIZE], struct err *e);

/*
 * Appends a descriptor for each packet of the window; reads what the other
 * blocks say, passes over those nobody knows.
 */
enum file_step pcapng_walk(struct pcapng *g, struct file_walk *w,
			   struct err *e);

void pcapng_end(struct pcapng *g);

#endif
