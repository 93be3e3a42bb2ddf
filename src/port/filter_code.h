/*
 * filter_code.h: BPF programs as the kernel's sockets take them, put together
 * from what libpcap compiled: a choice of interfaces, a choice of link types,
 * and loads counted from the network header.
 */
#ifndef RAWTOP_PORT_FILTER_CODE_H
#define RAWTOP_PORT_FILTER_CODE_H

#include "base/err.h"

#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

/* Packets are taken whole. */
#define FILTER_KEEP_ALL UINT32_MAX

/* A program being put together. About 32 KiB: allocate it. */
struct filter_code {
	unsigned count;
	bool full; /* something did not fit: it cannot be attached */
	struct sock_filter insns[BPF_MAXINSNS];
};

/* What stands at the offset 0 of a socket's filter. */
enum filter_base {
	FILTER_BASE_START,   /* the header that the program was compiled for */
	FILTER_BASE_LINK,    /* a link header: count from the IP header */
	FILTER_BASE_PAYLOAD, /* what follows the IP header: count from that */
};

/* Empties it. */
void filter_code_init(struct filter_code *code);

/* Takes `keep` bytes of every packet, 0: of none. Ends a program. */
void filter_code_put_return(struct filter_code *code, uint32_t keep);

/*
 * Begins a program: goes on only with packets from these interfaces, all
 * others are rejected. With count 0 everything is.
 */
void filter_code_put_ifaces(struct filter_code *code, const uint32_t *ifaces,
			    unsigned count);

/*
 * Appends a compiled program, which ends it. With `keep` other than 0 an
 * accepting return keeps that much instead. False, with *code as before, when
 * the program cannot run on that base: it looks further than the first
 * FILTER_NETWORK_MAX bytes (before Linux 6.16 only what stands in a packet's
 * first piece is found from the IP header), or asks for the packet's length
 * where the IP header is not counted.
 */
#define FILTER_NETWORK_MAX 96
bool filter_code_put_program(struct filter_code *code,
			     const struct bpf_program *program,
			     enum filter_base base, uint32_t keep);

/*
 * Appends a choice by the interface's link type: Ethernet (and loopback)
 * packets run `ethernet`, all others `raw`, counted from the IP header;
 * NULL rejects. False, with *code as before, when it cannot be attached.
 */
bool filter_code_put_choice(struct filter_code *code,
			    const struct bpf_program *ethernet,
			    const struct bpf_program *raw, uint32_t snaplen);

/* Puts the program into the socket in place of the one before. False with
 * errno set; ENOMEM or EINVAL: the kernel would not have it. */
bool filter_code_attach(int fd, const struct filter_code *code);

#endif
