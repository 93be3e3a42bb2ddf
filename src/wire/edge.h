/*
 * edge.h: constant lookup over edge.def. Each function gives the protocol
 * that a selector value announces, PROTO_NONE where rawtop follows no
 * further.
 */
#ifndef RAWTOP_WIRE_EDGE_H
#define RAWTOP_WIRE_EDGE_H

#include "wire/proto.h"

#include <stdint.h>

#define EDGE_CASE(value, PROTO)                                                \
	case (value):                                                          \
		return PROTO_##PROTO;

static inline enum proto edge_of_ethertype(uint16_t type)
{
	switch (type) {
#define EDGE_ETHERTYPE EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

/* By GRE's protocol type: its own ones, then EtherTypes. */
static inline enum proto edge_of_gre(uint16_t type)
{
	switch (type) {
#define EDGE_GRE EDGE_CASE
#include "wire/edge.def"
	default:
		return edge_of_ethertype(type);
	}
}

static inline enum proto edge_of_ppp(uint16_t protocol)
{
	switch (protocol) {
#define EDGE_PPP EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

static inline enum proto edge_of_sap(uint8_t sap)
{
	switch (sap) {
#define EDGE_SAP EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

static inline enum proto edge_of_family(uint32_t family)
{
	switch (family) {
#define EDGE_FAMILY EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

static inline enum proto edge_of_udp(uint16_t port)
{
	switch (port) {
#define EDGE_UDP EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

static inline enum proto edge_of_gpe(uint8_t next)
{
	switch (next) {
#define EDGE_GPE EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_NONE;
	}
}

/* By IP protocol number; PROTO_OTHER where there is no table for it, and
 * PROTO_NONE for "no next header" only. */
static inline enum proto edge_of_ip(uint8_t protocol)
{
	switch (protocol) {
#define EDGE_IP EDGE_CASE
#include "wire/edge.def"
	default:
		return PROTO_OTHER;
	}
}

#endif
