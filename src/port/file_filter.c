#include "port/file_filter.h"

#include "base/clock.h"
#include "port/filter_desk.h"

#include <assert.h>

/* What the desk calls: a function for each link type. */
#define LINK(name, dlt, linktype, label)                                       \
	static struct port_filter *file_filter_compile_##name(const char *x,   \
							      struct err *e)   \
	{                                                                      \
		return port_filter_open_link(x, LINK_##name, e);               \
	}
#include "wire/link.def"
#undef LINK

static filter_desk_compile *const file_filter_compilers[LINK_COUNT] = {
#define LINK(name, dlt, linktype, label) file_filter_compile_##name,
#include "wire/link.def"
#undef LINK
};

static bool file_filter_any_ready(const struct file_filter *f)
{
	for (unsigned link = 0; link < LINK_COUNT; link++)
		if (f->links[link].state == FILE_FILTER_READY)
			return true;
	return false;
}

/* The program that the filter brings for a link type, or NULL. */
static const struct port_filter_side *
file_filter_side(const struct port_filter *f, unsigned link)
{
	if (link == LINK_ETHERNET)
		return &f->ethernet;
	return link == LINK_RAW ? &f->raw : NULL;
}

/* Keeps what was found; false with *e set when it has no meaning there. */
static bool file_filter_note(struct file_filter *f, unsigned link,
			     const struct port_filter_side *side, struct err *e)
{
	if (side->given)
		f->links[link].program = side->program;
	else
		*e = side->problem;
	f->links[link].state =
		side->given ? FILE_FILTER_READY : FILE_FILTER_NEVER;
	return side->given;
}

/* False with *e set when it has no meaning for this link type; then its state
 * says never. Untried it stays when it is not compiled in time. */
static bool file_filter_compile(struct file_filter *f, unsigned link,
				struct err *e)
{
	const struct port_filter_side *side;
	struct port_filter *own;

	assert(link < LINK_COUNT && f->held != NULL);
	side = file_filter_side(f->held, link);
	if (side != NULL)
		return file_filter_note(f, link, side, e);
	own = filter_desk_run(file_filter_compilers[link],
			      FILTER_DESK_TIMEOUT_S * CLOCK_NS_PER_S,
			      f->held->expression, e);
	if (own == NULL)
		return false;
	f->links[link].own = own;
	return file_filter_note(f, link, &own->other, e);
}

/* Compiles for the link types that were met before; one must do, and all in
 * time. */
static bool file_filter_try_met(struct file_filter *f,
				const struct file_filter *before, struct err *e)
{
	bool met = false;

	for (unsigned link = 0; link < LINK_COUNT; link++) {
		if (link == LINK_UNKNOWN ||
		    before->links[link].state == FILE_FILTER_UNTRIED)
			continue;
		met = true;
		if (!file_filter_compile(f, link, e) &&
		    f->links[link].state == FILE_FILTER_UNTRIED)
			return false;
	}
	return !met || file_filter_any_ready(f);
}

bool file_filter_set(struct file_filter *f, struct port_filter *filter,
		     struct err *e)
{
	struct file_filter next = {.held = port_filter_hold(filter)};

	if (filter != NULL && !file_filter_try_met(&next, f, e)) {
		file_filter_close(&next);
		return false;
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
			 (f->links[link].state == FILE_FILTER_UNTRIED ||
			  !file_filter_any_ready(f)))
			return false;
	}
	return true;
}

bool file_filter_keep(struct file_filter *f, struct packet *packets,
		      uint32_t *count, struct err *e)
{
	uint32_t kept = 0;

	if (f->held == NULL)
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
		port_filter_release(f->links[link].own);
	port_filter_release(f->held);
	*f = (struct file_filter){0};
}
