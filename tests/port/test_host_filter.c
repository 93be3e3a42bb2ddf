/*
 * The host source's BPF, in the kernel and in user space: for many
 * expressions and packets of both families, what comes through is exactly
 * what libpcap's own program takes of the packet as it was on the wire.
 */
#include "port/filter.h"
#include "port/sources.h"

#include "base/bits.h"
#include "tests/port/filter_text.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PACKETS	  10
#define LAST_PORT 7999 /* the packet that ends each round */
/* First: a load behind a packet's end ends its program. */
#define LAST_WORDS "udp dst port 7999 or "

static struct err e;
static struct heard all[2 * PACKETS + 2];
static struct heard some[2 * PACKETS + 2];

struct sender {
	int fd4, fd6;
};

static void send_to(const struct sender *out, uint16_t port, size_t n)
{
	static uint8_t payload[1400];
	struct sockaddr_storage to;
	socklen_t size;

	payload[0] = (uint8_t)n;
	to = world_ipv4("10.9.0.1", port, &size);
	world_send(out->fd4, payload, n, &to, size);
	to = world_ipv6("fd09::1", port, &size);
	world_send(out->fd6, payload, n, &to, size);
}

/* Packets that differ in port, size, hop limit and class, of both families,
 * then one of each that every expression takes. */
static void send_round(const struct sender *out)
{
	for (int i = 0; i < PACKETS; i++) {
		int hops = 1 + i * 12;
		int class = i * 20;

		setsockopt(out->fd4, IPPROTO_IP, IP_TTL, &hops, sizeof(hops));
		setsockopt(out->fd6, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops,
			   sizeof(hops));
		setsockopt(out->fd4, IPPROTO_IP, IP_TOS, &class, sizeof(class));
		setsockopt(out->fd6, IPPROTO_IPV6, IPV6_TCLASS, &class,
			   sizeof(class));
		send_to(out, (uint16_t)(7000 + i), (size_t)(i * 37));
	}
	send_to(out, LAST_PORT, 1);
}

static bool is_last(const struct packet *p)
{
	return bits_be16(p->data + (p->data[0] >> 4 == 4 ? 22 : 42)) ==
	       LAST_PORT;
}

/* Takes packets until the last of both families; how many before these. */
static unsigned collect_round(struct source *s, struct heard *to,
			      const char *expression)
{
	unsigned count = 0;
	unsigned last = 0;

	while (last < 2) {
		struct block *b;

		cr_assert_eq(s->ops->next(s, &b, 10000, &e), SOURCE_BLOCK,
			     "\"%s\": %u packets and %u last", expression,
			     count, last);
		for (uint32_t i = 0; i < b->count; i++) {
			const struct packet *p = &b->packets[i];

			if (is_last(p)) {
				last++;
				continue;
			}
			cr_assert_lt(count, 2 * PACKETS);
			to[count].p = *p;
			memcpy(to[count].bytes, p->data, p->caplen);
			to[count].p.data = to[count].bytes;
			count++;
		}
		s->ops->release(s, b);
	}
	return count;
}

static bool among(const struct heard *list, unsigned count,
		  const struct packet *p)
{
	for (unsigned i = 0; i < count; i++)
		if (list[i].p.caplen == p->caplen &&
		    memcmp(list[i].bytes, p->data, p->caplen) == 0)
			return true;
	return false;
}

/* Compares up to what differs between two rounds: the IPv4 identification
 * and header checksum are cleared. */
static void even_out(struct heard *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (list[i].bytes[0] >> 4 == 4) {
			memset(list[i].bytes + 4, 0, 2);
			memset(list[i].bytes + 10, 0, 2);
		} else {
			/* The flow label is made at random by the sender. */
			list[i].bytes[1] &= 0xf0;
			memset(list[i].bytes + 2, 0, 2);
		}
	}
}

static void check(struct source *s, const struct sender *out,
		  const char *expression, uint32_t place, unsigned all_count)
{
	struct bpf_program program;
	char whole[256];
	unsigned count;
	unsigned taken = 0;

	snprintf(whole, sizeof(whole), LAST_WORDS "(%s)", expression);
	cr_assert(filter_text_set(s, whole, &e), "%s", e.text);
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), place,
		     "\"%s\" runs in place %u", expression,
		     atom_load_relaxed_u32(&s->filter_place));
	send_round(out);
	count = collect_round(s, some, expression);
	even_out(some, count);
	cr_assert(port_filter_compile(expression, LINK_RAW, &program, &e));
	for (unsigned i = 0; i < all_count; i++) {
		const struct packet *p = &all[i].p;
		bool takes = port_filter_run(&program, p->data, p->len,
					     p->caplen) != 0;

		taken += takes;
		cr_expect_eq(among(some, count, p), takes,
			     "\"%s\": packet %u (IPv%u, %u bytes) should %s",
			     expression, i, p->data[0] >> 4, p->len,
			     takes ? "pass" : "not pass");
	}
	cr_expect_eq(count, taken, "\"%s\" took %u, not %u", expression, count,
		     taken);
	pcap_freecode(&program);
}

Test(host_filter, every_expression_takes_what_it_says_in_both_families)
{
	static const struct {
		const char *expression;
		uint32_t place;
	} rows[] = {
		{"udp", 1},
		{"tcp", 1},
		{"ip", 1},
		{"ip6", 1},
		{"udp port 7001", 1},
		{"not udp port 7001", 1},
		{"udp dst portrange 7002-7005", 1},
		{"host 10.9.0.2", 1},
		{"host fd09::2", 1},
		{"src net fd09::/64 and dst port 7003", 1},
		{"dst host 10.9.0.1 and udp[2:2] > 7004", 1},
		{"ip[8] < 20", 1},
		{"ip[1] & 0x10 != 0", 1},
		{"ip6[7] > 20", 1},
		{"ip6[0:2] & 0x0ff0 > 0x100", 1},
		{"ip6[4:2] > 100", 1},
		{"ip6[42:2] = 7006", 1},
		{"udp[4:2] = 45", 1},
		{"udp[8] = 37", 1},
		{"(ip or ip6) and dst port 7007", 1},
		{"inbound", 1},
		{"ip multicast or ip6 multicast", 1},
		{"len > 100", 2},
		{"less 80", 2},
		{"ip6[110] = 0", 2},
		{"ip6 protochain 17", 2},
	};
	static const uint8_t protos[] = {IPPROTO_UDP};
	struct source_host_config config = {
		.protos = protos,
		.proto_count = 1,
		.snaplen = 2000,
		.filter = filter_text("udp dst portrange "
				      "7000-7999")};
	struct sender out;
	struct source *s;
	struct world w;
	unsigned count;

	world_open(&w);
	out.fd4 = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	out.fd6 = world_socket(&w, w.there, AF_INET6, SOCK_DGRAM, 0);
	/* The same source port in every round. */
	send_to(&out, LAST_PORT, 1);
	world_start_priv(&w);
	s = source_host_open(w.priv, &config, &e);
	cr_assert_not_null(s, "%s", e.text);
	send_round(&out);
	count = collect_round(s, all, config.filter->expression);
	cr_assert_eq(count, 2 * PACKETS);
	even_out(all, count);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* "inbound" is what every packet here is. */
		if (strcmp(rows[i].expression, "inbound") == 0) {
			cr_assert(filter_text_set(s, "inbound", &e));
			send_round(&out);
			cr_expect_eq(collect_round(s, some, "inbound"),
				     2 * PACKETS);
			continue;
		}
		check(s, &out, rows[i].expression, rows[i].place, count);
	}
	heard_expect_law(s);
	cr_expect_eq(heard_count(&s->counts.dropped_kernel), 0);
	cr_expect_gt(heard_count(&s->counts.filtered), 0);
	s->ops->close(s);
	port_filter_release(config.filter);
	world_close(&w);
}

Test(host_filter, a_wrong_expression_changes_nothing)
{
	static const uint8_t protos[] = {IPPROTO_UDP};
	struct source_host_config config = {
		.protos = protos,
		.proto_count = 1,
		.snaplen = 2000,
		.filter = filter_text(LAST_WORDS "udp dst port 7004")};
	struct sender out;
	struct source *s;
	struct world w;

	world_open(&w);
	out.fd4 = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	out.fd6 = world_socket(&w, w.there, AF_INET6, SOCK_DGRAM, 0);
	world_start_priv(&w);
	s = source_host_open(w.priv, &config, &e);
	cr_assert_not_null(s, "%s", e.text);
	cr_expect_not(filter_text_set(s, "udp and", &e));
	cr_expect(strstr(e.text, "^"));
	cr_expect_not(filter_text_set(s, "ether broadcast", &e));
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	send_round(&out);
	cr_expect_eq(collect_round(s, some, config.filter->expression), 2);
	s->ops->close(s);
	port_filter_release(config.filter);
	world_close(&w);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
