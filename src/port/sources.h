/*
 * sources.h: opens each kind of source. Every function returns an owned
 * source (close with s->ops->close) or NULL with *e saying what was tried,
 * what the system said and the remedy.
 */
#ifndef RAWTOP_PORT_SOURCES_H
#define RAWTOP_PORT_SOURCES_H

#include "port/filter.h"
#include "port/source.h"
#include "priv/priv.h"

struct source_host_config {
	const uint8_t *protos; /* IP protocol numbers read by this thread */
	unsigned proto_count;
	const char *const *ifaces; /* only these interfaces; */
	unsigned iface_count;	   /* 0: all */
	uint32_t snaplen;
	struct port_filter *filter; /* NULL takes all; the source holds it */
	/* What the user calls a protocol, for the label; NULL, or for one
	 * without a name NULL back: its number. */
	const char *(*proto_name)(uint8_t proto);
};

/* Per-protocol raw IP sockets, AF_INET and AF_INET6, in one thread. A
 * protocol whose socket cannot be opened for one family is told in the note;
 * NULL only when none could be opened. */
struct source *source_host_open(struct priv *priv,
				const struct source_host_config *config,
				struct err *e);

struct source_wire_config {
	const char *iface; /* NULL: all interfaces, those to come too */
	uint32_t snaplen;
	struct port_filter *filter;
	/* How many sources share the packets by flow hash; 0 or 1: none. */
	unsigned fanout_size;
	/* A wire source of the same interface and size to share with, open;
	 * NULL: the first one. */
	const struct source *fanout_with;
	unsigned fanout_index; /* 0 to fanout_size - 1, for the label */
	uint32_t ring_bytes;   /* 0: the default */
};

/* AF_PACKET with a TPACKET_V3 ring, both directions. */
struct source *source_wire_open(struct priv *priv,
				const struct source_wire_config *config,
				struct err *e);

/*
 * A pcap or pcapng file; "-" is standard input. In two steps, so that the
 * privilege that opens the path is gone before its first byte is read:
 * source_file_descriptor opens (-1 with *e set), source_file_take makes a
 * source that owns the descriptor. source_file_open does both.
 */
int source_file_descriptor(const char *path, struct err *e);
struct source *source_file_take(int fd, const char *path,
				struct port_filter *filter, struct err *e);
struct source *source_file_open(const char *path, struct port_filter *filter,
				struct err *e);

struct source_made_config {
	uint64_t seed;
	uint32_t flows;	  /* how many five-tuples; 0: every packet its own */
	double zipf;	  /* skew of their popularity; 0: uniform */
	uint64_t packets; /* how many in all; 0: without end */
	uint64_t rate_packets; /* per second; 0: as fast as they are taken */
	uint32_t size_min;     /* frame length in bytes, without FCS */
	uint32_t size_max;
	uint8_t ipv6_percent;
	uint8_t udp_percent; /* the rest is TCP with real connections … */
	uint8_t icmp_percent;
	uint32_t segments; /* data segments of a TCP connection until it is
			      closed and opened anew; 0: never */
};

/* Reads "flows=1000,packets=1e6,…" over defaults; the names are those of the
 * struct's members, and size=64-1500 or size=64 for both of those. False with
 * *e naming the word that is wrong. */
bool source_made_parse(const char *text, struct source_made_config *config,
		       struct err *e);

/* Deterministic traffic: the same config gives the same bytes. */
struct source *source_made_open(const struct source_made_config *config,
				struct port_filter *filter, struct err *e);

#endif
