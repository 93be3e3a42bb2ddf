/*
 * link.h: the link types rawtop decodes, by one table: name, libpcap's DLT
 * and the LINKTYPE value that capture files carry.
 */
#ifndef RAWTOP_WIRE_LINK_H
#define RAWTOP_WIRE_LINK_H

#include <stdint.h>

enum link_type {
#define LINK(name, dlt, linktype, label) LINK_##name,
#include "wire/link.def"
#undef LINK
	LINK_COUNT
};

/* The link type of a capture file's LINKTYPE value; LINK_UNKNOWN if none. */
enum link_type link_from_linktype(uint32_t linktype);

/* The DLT value that libpcap's compiler wants for it. */
int link_dlt(enum link_type link);

/* A short name for people: "Ethernet". */
const char *link_label(enum link_type link);

#endif
