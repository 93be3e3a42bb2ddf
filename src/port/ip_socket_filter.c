#include "port/ip_socket_filter.h"

#include "port/filter_code.h"

#include <stdlib.h>
#include <sys/socket.h>

/* What can be queued on a socket between its making and its filter. */
#define IP_FILTER_QUEUED_MAX 100000

bool ip_filter_open(struct ip_filter *f, struct port_filter *filter,
		    struct err *e)
{
	*f = (struct ip_filter){0};
	if (filter == NULL || filter->raw.given) {
		f->held = port_filter_hold(filter);
		return true;
	}
	err_set(e, EXIT_USAGE,
		"the filter expression asks for link headers, which the host "
		"vantage does not see");
	err_remedy(e, "--vantage wire does");
	return false;
}

void ip_filter_close(struct ip_filter *f)
{
	port_filter_release(f->held);
	f->held = NULL;
}

bool ip_filter_takes(const struct ip_filter *f, const uint8_t *data,
		     uint32_t len, uint32_t caplen)
{
	return port_filter_run(&f->held->raw.program, data, len, caplen) != 0;
}

/* Writes the choice of interfaces, if any. */
static void ip_filter_begin(struct filter_code *code, bool all_ifaces,
			    const uint32_t *ifaces, unsigned iface_count)
{
	filter_code_init(code);
	if (!all_ifaces)
		filter_code_put_ifaces(code, ifaces, iface_count);
}

bool ip_filter_attach(const struct ip_filter *f, struct ip_socket *socket,
		      bool all_ifaces, const uint32_t *ifaces,
		      unsigned iface_count, struct err *e)
{
	struct filter_code *code = malloc(sizeof(*code));
	enum filter_base base =
		socket->ipv6 ? FILTER_BASE_PAYLOAD : FILTER_BASE_START;
	bool attached;

	if (code == NULL)
		return err_set(e, EXIT_USAGE, "attaching a filter: no memory");
	ip_filter_begin(code, all_ifaces, ifaces, iface_count);
	/* Whole: a packet that the filter cuts does not tell its length. */
	attached = f->held != NULL &&
		   filter_code_put_program(code, &f->held->raw.program, base,
					   FILTER_KEEP_ALL) &&
		   filter_code_attach(socket->fd, code);
	socket->user_filter = f->held != NULL && !attached;
	if (socket->user_filter &&
	    port_filter_needs_kernel(&f->held->raw.program)) {
		free(code);
		return err_set(e, EXIT_USAGE,
			       "the filter expression asks for what only the "
			       "kernel knows, and is too long for the kernel");
	}
	if (!attached) {
		ip_filter_begin(code, all_ifaces, ifaces, iface_count);
		filter_code_put_return(code, FILTER_KEEP_ALL);
		attached = filter_code_attach(socket->fd, code) ||
			   err_system(e, EXIT_USAGE,
				      "attaching a filter to a raw socket");
	}
	free(code);
	return attached;
}

bool ip_filter_attach_nothing(int fd, struct err *e)
{
	struct sock_filter insn = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &insn};
	uint8_t byte;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)) != 0)
		return err_system(e, EXIT_USAGE,
				  "attaching a filter to a raw socket");
	for (unsigned i = 0;
	     i < IP_FILTER_QUEUED_MAX && recv(fd, &byte, 1, MSG_DONTWAIT) >= 0;
	     i++)
		;
	return true;
}
