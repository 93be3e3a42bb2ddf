/*
 * world.h: a small network for the tests of live sources. Two network
 * namespaces, "here" with lo and v0, "there" with lo and v1, joined by a veth
 * pair; and an operator, who keeps the privilege that the test gives up by
 * priv_start, and runs commands.
 *
 *   here  v0  10.9.0.1/24 fd09::1/64  02:00:00:00:00:01
 *   there v1  10.9.0.2/24 fd09::2/64  02:00:00:00:00:02
 */
#ifndef RAWTOP_TESTS_PORT_WORLD_H
#define RAWTOP_TESTS_PORT_WORLD_H

#include "port/sources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct world {
	int here; /* namespaces */
	int there;
	int operator_fd;
	struct priv *priv;
};

/* Makes it, or skips the Criterion test, saying why. */
void world_open(struct world *w);

/* Gives up privilege; from here on only the operator can. */
void world_start_priv(struct world *w);

/* Runs a command line here; its exit status. */
int world_run(struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A socket of here or there; asserts. Before world_start_priv. */
int world_socket(struct world *w, int namespace, int domain, int type,
		 int proto);

/* An AF_PACKET socket bound to an interface, to send frames from. */
int world_packet_socket(struct world *w, int namespace, const char *iface);

/* A wire source; takes over the hold on the filter; snaplen 0 is 65535;
 * asserts. */
struct source *world_wire(struct world *w, struct source_wire_config config);

void world_close(struct world *w);

/* Socket addresses. */
struct sockaddr_storage world_ipv4(const char *addr, uint16_t port,
				   socklen_t *size);
struct sockaddr_storage world_ipv6(const char *addr, uint16_t port,
				   socklen_t *size);

/* Sends n bytes to the address; asserts. */
void world_send(int fd, const void *bytes, size_t n,
		const struct sockaddr_storage *to, socklen_t size);

/* ---- what a source gave ---- */

struct heard {
	struct packet p;
	uint8_t bytes[70000];
};

typedef bool heard_filter(const struct packet *p, const void *context);

/*
 * Takes from the source until `max` packets that pass `wanted` (NULL: all)
 * were copied to `heard`, or nothing more came for quiet_ms. How many.
 */
unsigned heard_collect(struct source *s, struct heard *heard, unsigned max,
		       heard_filter *wanted, const void *context,
		       unsigned quiet_ms);

/* Is it IP protocol *context (uint8_t), on whatever link, by its IP header?
 * For IPv6 the next header counts. */
bool heard_has_proto(const struct packet *p, const void *context);

/* The law of source_counts.def; asserts. */
void heard_expect_law(const struct source *s);

uint64_t heard_count(const atom_u64 *a);

#endif
