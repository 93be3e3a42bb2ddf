#include "port/file_filter.h"

#include "port/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool file_filter_any_ready(const struct file_filter *f)
{
	for (unsigned link = 0; link < LINK_COUNT; link++)
		if (f->links[link].state == FILE_FILTER_READY)
			return true;
	return false;
}

/* False with *e set when it has no meaning for this link type. */
static bool file_filter_compile(struct file_filter *f, unsigned link,
				struct err *e)
{
	if (port_filter_compile(f->expression, (enum link_type)link, 0,
				&f->links[link].program, e)) {
		f->links[link].state = FILE_FILTER_READY;
		return true;
	}
	f->links[link].state = FILE_FILTER_NEVER;
	return false;
}

/* Compiles for the link types that were met before; one must do. */
static bool file_filter_try_met(struct file_filter *f,
				const struct file_filter *before, struct err *e)
{
	bool met = false;

	for (unsigned link = 0; link < LINK_COUNT; link++) {
		if (link == LINK_UNKNOWN ||
		    before->links[link].state == FILE_FILTER_UNTRIED)
			continue;
		met = true;
		(void)file_filter_compile(f, link, e);
	}
	return !met || file_filter_any_ready(f);
}

bool file_filter_set(struct file_filter *f, const char *expression,
		     struct err *e)
{
	struct file_filter next = {0};

	assert(expression);
	if (*expression) {
		if (!port_filter_check(expression, e))
			return false;
		next.expression = strdup(expression);
		if (!next.expression)
			return err_set(e, EXIT_USAGE,
				       "no memory for a filter expression");
		if (!file_filter_try_met(&next, f, e)) {
			file_filter_close(&next);
			return false;
		}
	}
	file_filter_close(f);
	*f = next;
	return true;
}

/* Sees to it that each link type of the packets has been tried. */
static bool file_filter_meet(struct file_filter *f,
			     const struct packet *packets, uint32_t count,
			     struct err *e)
{
	unsigned last = LINK_COUNT;

	for (uint32_t i = 0; i < count; i++) {
		unsigned link = packets[i].link;

		if (link == last || f->links[link].state != FILE_FILTER_UNTRIED)
			continue;
		last = link;
		if (link == LINK_UNKNOWN)
			f->links[link].state = FILE_FILTER_NEVER;
		else if (!file_filter_compile(f, link, e) &&
			 !file_filter_any_ready(f))
			return false;
	}
	return true;
}

bool file_filter_keep(struct file_filter *f, struct packet *packets,
		      uint32_t *count, struct err *e)
{
	uint32_t kept = 0;

	if (!f->expression)
		return true;
	if (!file_filter_meet(f, packets, *count, e))
		return false;
	for (uint32_t i = 0; i < *count; i++) {
		const struct packet *p = &packets[i];

		if (f->links[p->link].state == FILE_FILTER_READY &&
		    bpf_filter(f->links[p->link].program.bf_insns, p->data,
			       p->len, p->caplen) != 0)
			packets[kept++] = *p;
	}
	*count = kept;
	return true;
}

void file_filter_close(struct file_filter *f)
{
	for (unsigned link = 0; link < LINK_COUNT; link++)
		if (f->links[link].state == FILE_FILTER_READY)
			pcap_freecode(&f->links[link].program);
	free(f->expression);
	*f = (struct file_filter){0};
}
