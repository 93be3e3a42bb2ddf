#include "tests/port/world.h"

#include "base/clock.h"
#include "tests/priv/space.h"
#include "wire/link.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Runs command lines until the test is gone. */
static void operator_run(int fd)
{
	char command[1024];
	ssize_t n;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	while ((n = recv(fd, command, sizeof(command) - 1, 0)) > 0) {
		int status;

		command[n] = '\0';
		status = space_run("%s", command);
		if (send(fd, &status, sizeof(status), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

static void operator_start(struct world *w)
{
	int pair[2];
	pid_t pid;

	cr_assert_eq(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		operator_run(pair[1]);
	}
	cr_assert_gt(pid, 0);
	close(pair[1]);
	w->operator_fd = pair[0];
}

int world_run(struct world *w, const char *format, ...)
{
	char command[1000];
	va_list ap;
	int status = -1;
	int n;

	va_start(ap, format);
	n = vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	cr_assert(n > 0 && (size_t)n < sizeof(command));
	cr_assert_eq(send(w->operator_fd, command, (size_t)n, 0), n);
	cr_assert_eq(recv(w->operator_fd, &status, sizeof(status), 0),
		     (ssize_t)sizeof(status));
	return status;
}

static int world_namespace(void)
{
	/* The operator and its commands inherit it. */
	int fd = open("/proc/thread-self/ns/net", O_RDONLY);

	cr_assert_geq(fd, 0);
	return fd;
}

void world_open(struct world *w)
{
	*w = (struct world){0};
	if (space_run("command -v ip && command -v nsenter") != 0)
		cr_skip_test("ip (iproute2) and nsenter are needed");
	if (!space_enter())
		cr_skip_test("no namespace: %s", strerror(errno));
	w->there = world_namespace();
	cr_assert(space_enter());
	w->here = world_namespace();
	operator_start(w);
	if (world_run(w, "ip link add v0 addr 02:00:00:00:00:01 type veth peer "
			 "name v1 addr 02:00:00:00:00:02") != 0)
		cr_skip_test("no veth pair to be had");
	cr_assert_eq(world_run(w,
			       "ip link set v1 netns /proc/self/fd/%d && "
			       "for i in all v0; do "
			       "echo 0 > /proc/sys/net/ipv6/conf/$i/accept_dad "
			       "; done ; "
			       "ip addr add 10.9.0.1/24 dev v0 && "
			       "ip addr add fd09::1/64 dev v0 nodad && "
			       "ip link set v0 up",
			       w->there),
		     0);
	cr_assert_eq(world_run(w,
			       "nsenter --net=/proc/self/fd/%d sh -c '"
			       "ip addr add 10.9.0.2/24 dev v1 && "
			       "ip addr add fd09::2/64 dev v1 nodad && "
			       "ip link set v1 up && "
			       "ip neigh add 10.9.0.1 lladdr 02:00:00:00:00:01 "
			       "dev v1 && "
			       "ip neigh add fd09::1 lladdr 02:00:00:00:00:01 "
			       "dev v1'",
			       w->there),
		     0);
}

void world_start_priv(struct world *w)
{
	struct err e;

	w->priv = priv_start(&e);
	cr_assert_not_null(w->priv, "%s", e.text);
}

int world_socket(struct world *w, int namespace, int domain, int type,
		 int proto)
{
	int fd;

	cr_assert_eq(setns(namespace, CLONE_NEWNET), 0);
	fd = socket(domain, type | SOCK_CLOEXEC, proto);
	cr_assert_eq(setns(w->here, CLONE_NEWNET), 0);
	cr_assert_geq(fd, 0, "socket: %s", strerror(errno));
	return fd;
}

int world_packet_socket(struct world *w, int namespace, const char *iface)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	int fd = world_socket(w, namespace, AF_PACKET, SOCK_RAW, 0);

	cr_assert_eq(setns(namespace, CLONE_NEWNET), 0);
	to.sll_ifindex = (int)if_nametoindex(iface);
	cr_assert_eq(setns(w->here, CLONE_NEWNET), 0);
	cr_assert_gt(to.sll_ifindex, 0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

struct source *world_wire(struct world *w, struct source_wire_config config)
{
	struct source *s;
	struct err e;

	if (config.snaplen == 0)
		config.snaplen = 65535;
	s = source_wire_open(w->priv, &config, &e);
	port_filter_release(config.filter);
	cr_assert_not_null(s, "%s", e.text);
	return s;
}

void world_close(struct world *w)
{
	priv_stop(w->priv);
	close(w->operator_fd);
	close(w->here);
	close(w->there);
}

struct sockaddr_storage world_ipv4(const char *addr, uint16_t port,
				   socklen_t *size)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	cr_assert_eq(inet_pton(AF_INET, addr, &in.sin_addr), 1);
	memcpy(&s, &in, sizeof(in));
	*size = sizeof(in);
	return s;
}

struct sockaddr_storage world_ipv6(const char *addr, uint16_t port,
				   socklen_t *size)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in6 in = {.sin6_family = AF_INET6,
				  .sin6_port = htons(port)};

	cr_assert_eq(inet_pton(AF_INET6, addr, &in.sin6_addr), 1);
	memcpy(&s, &in, sizeof(in));
	*size = sizeof(in);
	return s;
}

void world_send(int fd, const void *bytes, size_t n,
		const struct sockaddr_storage *to, socklen_t size)
{
	ssize_t sent =
		sendto(fd, bytes, n, 0, (const struct sockaddr *)to, size);

	cr_assert_eq(sent, (ssize_t)n, "sendto: %s", strerror(errno));
}

unsigned heard_collect(struct source *s, struct heard *heard, unsigned max,
		       heard_filter *wanted, const void *context,
		       unsigned quiet_ms)
{
	unsigned count = 0;
	uint64_t last_ns = clock_monotonic_ns();

	while (count < max &&
	       clock_monotonic_ns() - last_ns < quiet_ms * CLOCK_NS_PER_MS) {
		struct block *b = NULL;
		struct err e;
		enum source_take took = s->ops->next(s, &b, 20, &e);

		cr_assert_neq(took, SOURCE_FAILED, "%s", e.text);
		if (took != SOURCE_BLOCK)
			continue;
		cr_assert_gt(b->count, 0);
		for (uint32_t i = 0; i < b->count && count < max; i++) {
			struct packet *p = &b->packets[i];
			size_t n = p->caplen;

			cr_assert_leq(p->caplen, p->len);
			if (wanted != NULL && !wanted(p, context))
				continue;
			if (n > sizeof(heard[count].bytes))
				n = sizeof(heard[count].bytes);
			heard[count].p = *p;
			memcpy(heard[count].bytes, p->data, n);
			heard[count].p.data = heard[count].bytes;
			count++;
			last_ns = clock_monotonic_ns();
		}
		s->ops->release(s, b);
	}
	return count;
}

bool heard_has_proto(const struct packet *p, const void *context)
{
	const uint8_t *proto = context;
	uint32_t at = p->link == LINK_ETHERNET ? 14 : 0;

	if (at == 14 && p->caplen >= 18 && p->data[12] == 0x81)
		at = 18;
	if (p->caplen < at + 20)
		return false;
	if (p->data[at] >> 4 == 4)
		return p->data[at + 9] == *proto;
	return p->data[at] >> 4 == 6 && p->data[at + 6] == *proto;
}

uint64_t heard_count(const atom_u64 *a)
{
	return atom_load_relaxed_u64(a);
}

void heard_expect_law(const struct source *s)
{
	const struct source_counts *c = &s->counts;

	cr_expect_eq(
		heard_count(&c->seen),
		heard_count(&c->delivered) + heard_count(&c->dropped_kernel) +
			heard_count(&c->dropped_ring) + heard_count(&c->shed) +
			heard_count(&c->damaged) + heard_count(&c->filtered));
}
