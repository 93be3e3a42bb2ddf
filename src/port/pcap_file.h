/*
 * pcap_file.h: the classic capture format of libpcap, after
 * draft-ietf-opsawg-pcap and libpcap's sf-pcap.c: a 24-byte header, then
 * records of 16 bytes (Kuznetzov's variant: 24) and the packet.
 */
#ifndef RAWTOP_PORT_PCAP_FILE_H
#define RAWTOP_PORT_PCAP_FILE_H

#include "port/file_walk.h"
#include "wire/link.h"

#define PCAP_FILE_HEAD_SIZE 24

/* Files older than 2.3 had caplen and len the other way round; those of 2.3
 * are one or the other, record by record. */
enum pcap_file_lengths {
	PCAP_FILE_LENGTHS,
	PCAP_FILE_LENGTHS_TURNED,
	PCAP_FILE_LENGTHS_EITHER
};

struct pcap_file {
	bool swap; /* the other byte order */
	bool nanoseconds;
	uint8_t link;	     /* enum link_type */
	uint8_t record_head; /* bytes before each packet */
	enum pcap_file_lengths lengths;
	uint32_t fraction_ns; /* of one unit of the fraction of a second */
	uint32_t snaplen;
	uint32_t caplen_max;
	uint32_t linktype; /* as the file says it, without the FCS bits */
	uint16_t version_major;
	uint16_t version_minor;
};

/* Does the input begin as such a file (in any byte order)? */
bool pcap_file_recognise(const uint8_t magic[4]);

/* Reads the header. False with *e set for a version nobody knows. */
bool pcap_file_begin(struct pcap_file *f, const char *name,
		     const uint8_t head[PCAP_FILE_HEAD_SIZE], struct err *e);

/* Appends a descriptor for each whole record of the window. */
enum file_step pcap_file_walk(const struct pcap_file *f, struct file_walk *w,
			      struct err *e);

/* Are the records in this machine's byte order, with caplen first? */
bool pcap_file_is_plain(const struct pcap_file *f);

#endif
