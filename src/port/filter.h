/*
 * filter.h: the user's BPF expression, compiled by libpcap for each place
 * where it runs.
 */
#ifndef RAWTOP_PORT_FILTER_H
#define RAWTOP_PORT_FILTER_H

#include "base/err.h"
#include "wire/link.h"

#include <pcap/pcap.h>

/*
 * Checks an expression without opening anything: compiled for Ethernet and
 * for raw IP; it must hold for one of them. False with *e holding libpcap's
 * words and, where it can be told, the expression with a caret under the
 * place on further lines.
 */
bool port_filter_check(const char *expression, struct err *e);

/* Compiles for one link type with this snap length. The caller frees with
 * pcap_freecode. */
bool port_filter_compile(const char *expression, enum link_type link,
			 uint32_t snaplen, struct bpf_program *program,
			 struct err *e);

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
