#include "port/packet_filter.h"

#include <stdlib.h>

static const struct bpf_program *
packet_filter_side(const struct port_filter_side *side)
{
	return side->given ? &side->program : NULL;
}

/* Does it ask for what only the kernel knows? */
static bool packet_filter_needs_kernel(const struct port_filter *f)
{
	return (f->ethernet.given &&
		port_filter_needs_kernel(&f->ethernet.program)) ||
	       (f->raw.given && port_filter_needs_kernel(&f->raw.program));
}

bool packet_filter_open(struct packet_filter *f, struct port_filter *filter,
			uint32_t snaplen, struct err *e)
{
	*f = (struct packet_filter){.snaplen = snaplen};
	if (filter == NULL)
		return true;
	f->user = port_filter_asks_vlan(filter->expression);
	if (f->user && packet_filter_needs_kernel(filter))
		return err_set(e, EXIT_USAGE,
			       "the filter expression asks for VLAN tags and "
			       "for the packet's direction; only one of them "
			       "can be had");
	f->held = port_filter_hold(filter);
	return true;
}

void packet_filter_close(struct packet_filter *f)
{
	port_filter_release(f->held);
	*f = (struct packet_filter){0};
}

static bool packet_filter_attach_return(int fd, uint32_t keep, struct err *e)
{
	struct sock_filter insn = BPF_STMT(BPF_RET | BPF_K, keep);
	struct sock_fprog program = {.len = 1, .filter = &insn};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) == 0)
		return true;
	return err_system(e, EXIT_USAGE, "attaching a filter to a socket");
}

/* The kernel may refuse: too long for it, or for this socket's memory. */
static bool packet_filter_attach_code(const struct packet_filter *f, int fd)
{
	struct filter_code *code = malloc(sizeof(*code));
	bool attached;

	if (code == NULL)
		return false;
	filter_code_init(code);
	attached = filter_code_put_choice(
			   code, packet_filter_side(&f->held->ethernet),
			   packet_filter_side(&f->held->raw), f->snaplen) &&
		   filter_code_attach(fd, code);
	free(code);
	return attached;
}

bool packet_filter_attach(struct packet_filter *f, int fd, struct err *e)
{
	if (f->held != NULL && !f->user && packet_filter_attach_code(f, fd))
		return true;
	if (f->held != NULL && packet_filter_needs_kernel(f->held))
		return err_set(e, EXIT_USAGE,
			       "the filter expression asks for the packet's "
			       "direction and is too long for the kernel");
	if (!packet_filter_attach_return(fd, f->snaplen, e))
		return false;
	f->user = f->held != NULL;
	return true;
}

bool packet_filter_attach_nothing(int fd, struct err *e)
{
	return packet_filter_attach_return(fd, 0, e);
}

bool packet_filter_takes(const struct packet_filter *f, const struct packet *p)
{
	const struct bpf_program *program = NULL;

	if (p->link == LINK_ETHERNET)
		program = packet_filter_side(&f->held->ethernet);
	else if (p->link == LINK_RAW)
		program = packet_filter_side(&f->held->raw);
	return program != NULL &&
	       port_filter_run(program, p->data, p->len, p->caplen) != 0;
}

uint32_t packet_filter_place(const struct packet_filter *f)
{
	if (f->held == NULL)
		return 0;
	return f->user ? 2 : 1;
}
