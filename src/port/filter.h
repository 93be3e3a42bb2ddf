/*
 * filter.h: the user's BPF expression, compiled by libpcap for each place
 * where it runs.
 */
#ifndef RAWTOP_PORT_FILTER_H
#define RAWTOP_PORT_FILTER_H

#include "base/atom.h"
#include "base/err.h"
#include "wire/link.h"

#include <pcap/pcap.h>

/* What an expression is for one link type: a program, or why there is none. */
struct port_filter_side {
	bool given;
	struct bpf_program program; /* when given */
	struct err problem;	    /* when not */
};

/*
 * An expression, compiled for what live packets begin with. It never changes
 * once made, so that threads may share it; whoever keeps it holds it. Where a
 * filter is asked for, NULL is the one that takes all.
 */
struct port_filter {
	atom_u32 holders;
	char *expression;
	struct port_filter_side ethernet;
	struct port_filter_side raw;
	struct port_filter_side other; /* only by port_filter_open_link */
};

/*
 * Compiles an expression that is not empty; it must have a meaning for
 * Ethernet or for raw IP. This looks up the names in it, which may take
 * minutes, and may compute for long: filter_desk.h waits with a bound. The
 * caller holds what is returned; NULL with *e holding libpcap's words and,
 * where it can be told, the expression with a caret under the place on
 * further lines.
 */
struct port_filter *port_filter_open(const char *expression, struct err *e);

/*
 * Compiles for one link type, to `other`, which also says so when it has no
 * meaning there. As long as port_filter_open, and as it for the caller; NULL
 * with *e only when memory lacks.
 */
struct port_filter *port_filter_open_link(const char *expression,
					  enum link_type link, struct err *e);

/* One holder more, and one less: the last frees. Any thread; NULL is let
 * pass. Returns the filter. */
struct port_filter *port_filter_hold(struct port_filter *f);
void port_filter_release(struct port_filter *f);

/* Compiles for one link type; a program that accepts says FILTER_SNAPLEN_MAX.
 * The caller frees with pcap_freecode. */
#define FILTER_SNAPLEN_MAX 262144
bool port_filter_compile(const char *expression, enum link_type link,
			 struct bpf_program *program, struct err *e);

/*
 * Does the program read what only the kernel knows of a packet (its
 * direction)? Such a program must be attached: run over bytes it would take
 * nothing.
 */
bool port_filter_needs_kernel(const struct bpf_program *program);

/*
 * Does the expression ask for VLAN tags? The kernel takes the outermost tag
 * out of a frame before its filter runs, so such an expression must run over
 * bytes in which the tag is back in its place.
 */
bool port_filter_asks_vlan(const char *expression);

/*
 * Runs a compiled program over a packet's bytes; how many bytes of it to
 * keep, 0 to leave it.
 */
static inline uint32_t port_filter_run(const struct bpf_program *program,
				       const uint8_t *data, uint32_t len,
				       uint32_t caplen)
{
	return bpf_filter(program->bf_insns, data, len, caplen);
}

#endif
