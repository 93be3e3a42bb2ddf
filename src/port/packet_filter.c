#include "port/packet_filter.h"

#include <stdlib.h>

bool packet_filter_open(struct packet_filter *f, const char *expression,
			uint32_t snaplen, struct err *e)
{
	struct err ignored;

	*f = (struct packet_filter){
		.given = expression[0] != '\0',
		.snaplen = snaplen,
	};
	if (!f->given)
		return true;
	f->user = port_filter_asks_vlan(expression);
	f->has_ethernet = port_filter_compile(expression, LINK_ETHERNET,
					      snaplen, &f->ethernet, e);
	f->has_raw = port_filter_compile(expression, LINK_RAW, snaplen, &f->raw,
					 &ignored);
	if (!f->has_ethernet && !f->has_raw)
		return false;
	if (!f->user ||
	    ((!f->has_ethernet || !port_filter_needs_kernel(&f->ethernet)) &&
	     (!f->has_raw || !port_filter_needs_kernel(&f->raw))))
		return true;
	packet_filter_close(f);
	return err_set(e, EXIT_USAGE,
		       "the filter expression asks for VLAN tags and for the "
		       "packet's direction; only one of them can be had");
}

void packet_filter_close(struct packet_filter *f)
{
	if (f->has_ethernet)
		pcap_freecode(&f->ethernet);
	if (f->has_raw)
		pcap_freecode(&f->raw);
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
			   code, f->has_ethernet ? &f->ethernet : NULL,
			   f->has_raw ? &f->raw : NULL, f->snaplen) &&
		   filter_code_attach(fd, code);
	free(code);
	return attached;
}

bool packet_filter_attach(struct packet_filter *f, int fd, struct err *e)
{
	if (f->given && !f->user && packet_filter_attach_code(f, fd))
		return true;
	if (f->given &&
	    ((f->has_ethernet && port_filter_needs_kernel(&f->ethernet)) ||
	     (f->has_raw && port_filter_needs_kernel(&f->raw))))
		return err_set(e, EXIT_USAGE,
			       "the filter expression asks for the packet's "
			       "direction and is too long for the kernel");
	if (!packet_filter_attach_return(fd, f->snaplen, e))
		return false;
	f->user = f->given;
	return true;
}

bool packet_filter_attach_nothing(int fd, struct err *e)
{
	return packet_filter_attach_return(fd, 0, e);
}

bool packet_filter_takes(const struct packet_filter *f, const struct packet *p)
{
	const struct bpf_program *program = NULL;

	if (p->link == LINK_ETHERNET && f->has_ethernet)
		program = &f->ethernet;
	else if (p->link == LINK_RAW && f->has_raw)
		program = &f->raw;
	return program != NULL &&
	       port_filter_run(program, p->data, p->len, p->caplen) != 0;
}

uint32_t packet_filter_place(const struct packet_filter *f)
{
	if (!f->given)
		return 0;
	return f->user ? 2 : 1;
}
