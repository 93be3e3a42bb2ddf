/*
 * live_iface.h: what the system says of a network interface.
 */
#ifndef RAWTOP_PORT_LIVE_IFACE_H
#define RAWTOP_PORT_LIVE_IFACE_H

#include "base/err.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct live_iface {
	uint32_t index; /* of the kernel; 0: there is none of that name */
	uint16_t type;	/* ARPHRD_… */
	bool up;
	char name[IF_NAMESIZE]; /* "" when there is none */
};

/* Asks by name. A name that nothing carries gives index 0. */
struct live_iface live_iface_by_name(const char *name);

/* Asks by index: the same interface even when it was renamed. */
struct live_iface live_iface_by_index(uint32_t index);

/*
 * Follows one that was known by its name, and then had this index (0: it was
 * not there): renamed, it is still that interface; one that is gone comes back
 * under its name, with another index.
 */
struct live_iface live_iface_follow(uint32_t index, const char *name);

/* Fills *e for a name that nothing carries, naming those that do; the nearest
 * first. Always false. */
bool live_iface_unknown(const char *name, struct err *e);

#endif
