#include "port/file_inner.h"

#include <stdio.h>

void file_note(struct file_source *f)
{
	const struct pcap_file *p = &f->as.pcap;

	if (f->format == FILE_FORMAT_UNTOLD)
		snprintf(f->source.note, sizeof(f->source.note),
			 "read as it comes");
	else if (f->format == FILE_FORMAT_PCAPNG)
		snprintf(f->source.note, sizeof(f->source.note), "pcapng");
	else if (p->link == LINK_UNKNOWN)
		snprintf(f->source.note, sizeof(f->source.note),
			 "pcap %u.%u, %s, link type %u, snap length %u",
			 p->version_major, p->version_minor,
			 p->nanoseconds ? "ns" : "us", p->linktype, p->snaplen);
	else
		snprintf(f->source.note, sizeof(f->source.note),
			 "pcap %u.%u, %s, %s, snap length %u", p->version_major,
			 p->version_minor, p->nanoseconds ? "ns" : "us",
			 link_label((enum link_type)p->link), p->snaplen);
}

void file_say_cut(const struct file_source *f, uint64_t here, struct err *e)
{
	const struct file_walk *w = &f->w;
	bool ng = f->format == FILE_FORMAT_PCAPNG;
	unsigned long long number = 1 + (ng ? f->as.pcapng.blocks : w->records);
	unsigned long long at = file_walk_offset(w);
	const char *record = ng ? "block" : "record";

	if (w->skip > 0)
		err_set(e, EXIT_INPUT,
			"%s: block %llu, which ends before byte %llu, is cut "
			"short: %llu bytes of it are missing",
			f->in.name, number - 1, at + w->skip,
			(unsigned long long)w->skip);
	else if (f->format == FILE_FORMAT_UNTOLD)
		err_set(e, EXIT_INPUT,
			"%s is cut short within its header: %llu of %llu "
			"bytes are there",
			f->in.name, (unsigned long long)here,
			(unsigned long long)w->need);
	else if (here < w->head || w->need == w->head)
		err_set(e, EXIT_INPUT,
			"%s: %s %llu at byte %llu is cut short within its "
			"header: %llu of %zu bytes are there",
			f->in.name, record, number, at,
			(unsigned long long)here, w->head);
	else
		err_set(e, EXIT_INPUT,
			"%s: %s %llu at byte %llu is cut short: %llu bytes "
			"announced, %llu left",
			f->in.name, record, number, at,
			(unsigned long long)w->announced,
			(unsigned long long)(here - w->head));
}
