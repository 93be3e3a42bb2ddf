#include "wire/link.h"

#include <assert.h>
#include <stddef.h>

struct link_row {
	int dlt;
	int linktype;
	const char *label;
};

static const struct link_row link_rows[LINK_COUNT] = {
#define LINK(name, dlt, linktype, label) [LINK_##name] = {dlt, linktype, label},
#include "wire/link.def"
#undef LINK
};

/*
 * Values that stand for raw IP besides LINKTYPE_RAW: files carry the DLT
 * value of the system that wrote them, 12 on most, 14 on OpenBSD
 * (https://www.tcpdump.org/linktypes.html).
 */
#define LINK_RAW_DLT_MOST    12u
#define LINK_RAW_DLT_OPENBSD 14u

enum link_type link_from_linktype(uint32_t linktype)
{
	if (linktype == LINK_RAW_DLT_MOST || linktype == LINK_RAW_DLT_OPENBSD)
		return LINK_RAW;
	for (size_t i = LINK_UNKNOWN + 1; i < LINK_COUNT; i++)
		if ((uint32_t)link_rows[i].linktype == linktype)
			return (enum link_type)i;
	return LINK_UNKNOWN;
}

int link_dlt(enum link_type link)
{
	assert(link < LINK_COUNT);
	return link_rows[link].dlt;
}

const char *link_label(enum link_type link)
{
	assert(link < LINK_COUNT);
	return link_rows[link].label;
}
