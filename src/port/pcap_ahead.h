/*
 * pcap_ahead.h: getting the records of a mapped pcap file into the cache. The
 * file is a chain: where a record begins is told by the one before it, so a
 * walk waits for the memory once a record, 100 ns where records are long. So
 * they are chased in several places of the window at once first; only the first
 * place is certain, the others are found by looking for what could be a record.
 * A wrong guess costs a little time: nothing but the cache learns of it.
 * Without this a mapped file of 660-byte records took longer than reading it.
 */
#ifndef RAWTOP_PORT_PCAP_AHEAD_H
#define RAWTOP_PORT_PCAP_AHEAD_H

#include "port/pcap_file.h"

/* Asks for the heads of the records between w->pos and w->fill. */
void pcap_ahead_ask(const struct pcap_file *f, const struct file_walk *w);

#endif
