/*
 * pcapng_time.h: the time of a packet, which pcapng counts in units that each
 * interface chooses (if_tsresol, if_tsoffset).
 */
#ifndef RAWTOP_PORT_PCAPNG_TIME_H
#define RAWTOP_PORT_PCAPNG_TIME_H

#include "port/pcapng.h"

/* Finds the short way for an interface whose options have been read. */
void pcapng_time_prepare(struct pcapng_iface *iface);

/* Nanoseconds since 1970 of a count of units: cut to whole ones, and kept
 * between 0 and INT64_MAX whatever the file says. */
uint64_t pcapng_time_ns(const struct pcapng_iface *iface, uint64_t units);

#endif
