/*
 * proto.h: the protocols rawtop knows, by one table (proto.def).
 */
#ifndef RAWTOP_WIRE_PROTO_H
#define RAWTOP_WIRE_PROTO_H

enum proto {
#define PROTO(name, label, help) PROTO_##name,
#include "wire/proto.def"
#undef PROTO
	PROTO_COUNT
};

/* The short lower-case name of the field: "ipv4"; never NULL. */
const char *proto_label(enum proto proto);

#endif
