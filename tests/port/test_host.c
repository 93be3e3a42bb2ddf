/*
 * The host source against real packets, and the IPv6 headers that it writes
 * anew against those that were on the wire.
 */
#include "port/sources.h"

#include "base/bits.h"
#include "base/clock.h"
#include "tests/port/filter_text.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"
#include "wire/link.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS   300
#define TEST_PROTO 253

static struct err e;
static struct heard heard[64];
static struct heard on_wire[64];

static struct source *open_host_with(struct world *w,
				     struct source_host_config config)
{
	static const uint8_t protos[] = {TEST_PROTO};
	struct source *s;

	if (config.protos == NULL) {
		config.protos = protos;
		config.proto_count = 1;
	}
	if (config.filter == NULL)
		config.filter = NULL;
	if (config.snaplen == 0)
		config.snaplen = 65535;
	s = source_host_open(w->priv, &config, &e);
	port_filter_release(config.filter);
	cr_assert_not_null(s, "%s", e.text);
	return s;
}

static struct source *open_host(struct world *w)
{
	return open_host_with(w, (struct source_host_config){0});
}

static void shut(struct world *w, struct source *s)
{
	heard_expect_law(s);
	s->ops->close(s);
	world_close(w);
}

Test(host, an_ipv4_packet_is_what_was_on_the_wire)
{
	static uint8_t payload[900] = "hello";
	struct sockaddr_storage to;
	struct source *host, *wire;
	struct world w;
	socklen_t size;
	int fd;
	int tos = 0xb8;
	int ttl = 17;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	world_start_priv(&w);
	host = open_host(&w);
	wire = world_wire(&w, (struct source_wire_config){
				      .iface = "v0",
				      .filter = filter_text("ip proto 253")});
	cr_expect_str_eq(host->label, "host 253");
	to = world_ipv4("10.9.0.1", 0, &size);
	world_send(fd, payload, sizeof(payload), &to, size);
	cr_assert_eq(heard_collect(host, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_assert_eq(heard_collect(wire, on_wire, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].p.link, LINK_RAW);
	cr_expect_eq(heard[0].p.len, 20 + sizeof(payload));
	cr_expect_eq(heard[0].p.caplen, 20 + sizeof(payload));
	cr_expect_eq(heard[0].p.iface, if_nametoindex("v0"));
	cr_expect_eq(heard[0].p.flags,
		     PACKET_CLASS_HOST | PACKET_FLAG_HOST_VANTAGE);
	cr_expect_eq(memcmp(heard[0].bytes, on_wire[0].bytes + 14,
			    20 + sizeof(payload)),
		     0);
	/* Both carry the time at which the kernel took the frame. */
	cr_expect_eq(heard[0].p.time_ns, on_wire[0].p.time_ns);
	wire->ops->close(wire);
	shut(&w, host);
}

/* ---- IPv6 by hand: sent as it is, so that the wire is what it says ---- */

static int ipv6_by_hand(struct world *w)
{
	int fd = world_socket(w, w->there, AF_INET6, SOCK_RAW, IPPROTO_RAW);
	int on = 1;

	cr_assert_eq(setsockopt(fd, IPPROTO_IPV6, 36 /* IPV6_HDRINCL */, &on,
				sizeof(on)),
		     0);
	return fd;
}

static size_t put_ipv6(uint8_t *out, uint32_t flow_info, uint8_t next,
		       uint8_t hop_limit)
{
	static const uint8_t from[16] = {0xfd, 9, [15] = 2};
	static const uint8_t to[16] = {0xfd, 9, [15] = 1};

	bits_put_be32(out, 6u << 28 | flow_info);
	out[6] = next;
	out[7] = hop_limit;
	memcpy(out + 8, from, 16);
	memcpy(out + 24, to, 16);
	return 40;
}

/* An options header with one option that is skipped when not known. */
static size_t put_options(uint8_t *out, uint8_t next, uint8_t option_bytes)
{
	size_t length = (4u + option_bytes + 7u) & ~7u;

	memset(out, 0, length);
	out[0] = next;
	out[1] = (uint8_t)(length / 8 - 1);
	out[2] = 0x1e; /* RFC 4727: experiments, skip */
	out[3] = (uint8_t)(length - 4);
	for (size_t i = 4; i < length; i++)
		out[i] = (uint8_t)(i * 3);
	return length;
}

/* A routing header whose segments are all behind it. */
static size_t put_routing(uint8_t *out, uint8_t next)
{
	memset(out, 0, 24);
	out[0] = next;
	out[1] = 2;
	out[2] = 2; /* type 2, as Mobile IPv6 uses it */
	out[8] = 0xfd;
	out[9] = 9;
	out[23] = 1;
	return 24;
}

static size_t finish(uint8_t *packet, size_t at, size_t payload)
{
	for (size_t i = 0; i < payload; i++)
		packet[at + i] = (uint8_t)i;
	bits_put_be16(packet + 4, (uint16_t)(at + payload - 40));
	return at + payload;
}

static void expect_same_as_wire(struct world *w, int fd, const uint8_t *packet,
				size_t n, struct source *host,
				struct source *wire, const char *what)
{
	socklen_t size;
	struct sockaddr_storage to = world_ipv6("fd09::1", 0, &size);

	(void)w;
	world_send(fd, packet, n, &to, size);
	cr_assert_eq(heard_collect(host, heard, 1, NULL, NULL, 2000), 1,
		     "%s: not accepted", what);
	cr_assert_eq(heard_collect(wire, on_wire, 1, NULL, NULL, 2000), 1,
		     "%s: not on the wire", what);
	cr_expect_eq(heard[0].p.len, n, "%s: %u bytes", what, heard[0].p.len);
	cr_expect_eq(heard[0].p.caplen, n);
	cr_expect_eq(heard[0].p.iface, if_nametoindex("v0"));
	cr_expect_eq(memcmp(heard[0].bytes, packet, n), 0,
		     "%s: differs from what was sent", what);
	cr_expect_eq(memcmp(heard[0].bytes, on_wire[0].bytes + 14, n), 0,
		     "%s: differs from the wire", what);
}

Test(host, the_ipv6_headers_written_anew_equal_those_on_the_wire)
{
	uint8_t packet[2000];
	struct source *host, *wire;
	struct world w;
	size_t n;
	int fd;

	world_open(&w);
	fd = ipv6_by_hand(&w);
	world_start_priv(&w);
	host = open_host(&w);
	wire = world_wire(&w,
			  (struct source_wire_config){
				  .iface = "v0",
				  .filter = filter_text(
					  "src host fd09::2 and not icmp6")});

	n = put_ipv6(packet, 0, TEST_PROTO, 64);
	n = finish(packet, n, 0);
	expect_same_as_wire(&w, fd, packet, n, host, wire, "no payload");

	n = put_ipv6(packet, 0xb8 << 20 | 0x12345, TEST_PROTO, 17);
	n = finish(packet, n, 100);
	expect_same_as_wire(&w, fd, packet, n, host, wire,
			    "class and flow label");

	n = put_ipv6(packet, 0xfffffff, 0, 255);
	n += put_options(packet + n, TEST_PROTO, 4);
	n = finish(packet, n, 33);
	expect_same_as_wire(&w, fd, packet, n, host, wire, "hop-by-hop");

	n = put_ipv6(packet, 1, 60, 1);
	n += put_options(packet + n, TEST_PROTO, 200);
	n = finish(packet, n, 1);
	expect_same_as_wire(&w, fd, packet, n, host, wire,
			    "destination options");

	n = put_ipv6(packet, 2, 0, 2);
	n += put_options(packet + n, 60, 12);
	n += put_options(packet + n, 43, 20);
	n += put_routing(packet + n, 60);
	n += put_options(packet + n, TEST_PROTO, 100);
	n = finish(packet, n, 500);
	expect_same_as_wire(&w, fd, packet, n, host, wire, "all of them");

	wire->ops->close(wire);
	shut(&w, host);
}

Test(host, fragments_arrive_as_one_datagram_and_say_so)
{
	static uint8_t payload[5000];
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int ipv4, ipv6;

	world_open(&w);
	ipv4 = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	ipv6 = world_socket(&w, w.there, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host(&w);
	to = world_ipv4("10.9.0.1", 0, &size);
	world_send(ipv4, payload, sizeof(payload), &to, size);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	cr_expect_eq(heard[0].p.len, 20 + sizeof(payload));
	cr_expect_eq(heard[0].p.flags & PACKET_FLAG_REASSEMBLED,
		     PACKET_FLAG_REASSEMBLED);
	to = world_ipv6("fd09::1", 0, &size);
	world_send(ipv6, payload, sizeof(payload), &to, size);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	cr_expect_eq(heard[0].p.len, 40 + sizeof(payload));
	cr_expect_eq(heard[0].bytes[6], TEST_PROTO);
	cr_expect_eq(heard[0].p.flags & PACKET_FLAG_REASSEMBLED,
		     PACKET_FLAG_REASSEMBLED);
	world_send(ipv6, payload, 100, &to, size);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	cr_expect_eq(heard[0].p.flags & PACKET_FLAG_REASSEMBLED, 0);
	shut(&w, s);
}

Test(host, on_loopback_every_packet_comes_once)
{
	static const uint8_t protos[] = {1, 17, 58, TEST_PROTO};
	static uint8_t payload[60000];
	struct sockaddr_storage to4, to6;
	struct world w;
	struct source *s;
	socklen_t size4, size6;
	int udp, raw;

	world_open(&w);
	udp = world_socket(&w, w.here, AF_INET, SOCK_DGRAM, 0);
	raw = world_socket(&w, w.here, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host_with(&w, (struct source_host_config){.protos = protos,
							   .proto_count = 4});
	cr_expect_str_eq(s->note, "8 sockets");
	to4 = world_ipv4("127.0.0.1", 9, &size4);
	to6 = world_ipv6("::1", 0, &size6);
	world_send(udp, "u", 1, &to4, size4);
	/* The datagram, and the port-unreachable that answers it. */
	cr_expect_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 2);
	world_send(raw, payload, sizeof(payload), &to6, size6);
	cr_assert_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].p.caplen, 40 + sizeof(payload));
	cr_assert_eq(world_run(&w, "ping -c1 127.0.0.1 && ping -6 -c1 ::1"), 0);
	/* Request and reply, twice. */
	cr_expect_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 4);
	shut(&w, s);
}

Test(host, the_snap_length_cuts_and_the_length_stays)
{
	static uint8_t payload[1200];
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int ipv4, ipv6;

	world_open(&w);
	ipv4 = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	ipv6 = world_socket(&w, w.here, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host_with(&w, (struct source_host_config){.snaplen = 100});
	to = world_ipv4("127.0.0.1", 0, &size);
	world_send(ipv4, payload, sizeof(payload), &to, size);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	cr_expect_eq(heard[0].p.caplen, 100);
	cr_expect_eq(heard[0].p.len, 1220);
	to = world_ipv6("::1", 0, &size);
	world_send(ipv6, payload, sizeof(payload), &to, size);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	cr_expect_eq(heard[0].p.caplen, 100);
	cr_expect_eq(heard[0].p.len, 1240);
	/* The IPv6 header says the length too. */
	cr_expect_eq(bits_be16(heard[0].bytes + 4), 1200);
	shut(&w, s);
}

/* Takes everything until it has been quiet for a while. */
static void take_all(struct source *s)
{
	for (unsigned nothing = 0; nothing < 5;) {
		struct block *b;

		if (s->ops->next(s, &b, 50, &e) == SOURCE_BLOCK)
			s->ops->release(s, b);
		else
			nothing++;
	}
}

enum { FLOOD = 40000 };

static void flood(struct world *w, int fd4, int fd6)
{
	struct sockaddr_storage to4, to6;
	static uint8_t payload[1000];
	socklen_t size4, size6;

	(void)w;
	to4 = world_ipv4("10.9.0.1", 0, &size4);
	to6 = world_ipv6("fd09::1", 0, &size6);
	for (unsigned i = 0; i < FLOOD / 2; i++) {
		world_send(fd4, payload, sizeof(payload), &to4, size4);
		world_send(fd6, payload, sizeof(payload), &to6, size6);
	}
}

Test(host, what_is_lost_in_the_kernel_is_counted)
{
	struct world w;
	struct source *s;
	int fd4, fd6;

	world_open(&w);
	fd4 = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	fd6 = world_socket(&w, w.there, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host(&w);
	flood(&w, fd4, fd6);
	take_all(s);
	cr_expect_eq(heard_count(&s->counts.seen), FLOOD);
	cr_expect_gt(heard_count(&s->counts.dropped_kernel), 100);
	cr_expect_gt(heard_count(&s->counts.delivered), 100);
	cr_expect_eq(heard_count(&s->counts.shed), 0);
	shut(&w, s);
}

Test(host, what_is_shed_is_counted_as_shed)
{
	struct sockaddr_storage to;
	socklen_t size;
	struct world w;
	struct source *s;
	int fd4, fd6;

	world_open(&w);
	fd4 = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	fd6 = world_socket(&w, w.there, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host(&w);
	s->ops->shed(s, true);
	flood(&w, fd4, fd6);
	take_all(s);
	cr_expect_eq(heard_count(&s->counts.delivered), 0);
	cr_expect_gt(heard_count(&s->counts.shed), 100);
	s->ops->shed(s, false);
	take_all(s);
	cr_expect_eq(heard_count(&s->counts.seen), FLOOD);
	cr_expect_eq(heard_count(&s->counts.dropped_kernel), 0);
	to = world_ipv4("10.9.0.1", 0, &size);
	world_send(fd4, "x", 1, &to, size);
	cr_expect_eq(heard_collect(s, heard, 1, NULL, NULL, 2000), 1);
	shut(&w, s);
}

Test(host, when_every_block_is_out_packets_wait_in_the_kernel)
{
	enum { SENT = 300 };
	struct block *held[64];
	struct sockaddr_storage to;
	unsigned count = 0;
	socklen_t size;
	struct world w;
	struct source *s;
	struct block *b;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host(&w);
	cr_assert_leq(s->block_count, 64);
	to = world_ipv4("10.9.0.1", 0, &size);
	while (count < s->block_count) {
		world_send(fd, "x", 1, &to, size);
		if (s->ops->next(s, &b, 1000, &e) == SOURCE_BLOCK)
			held[count++] = b;
	}
	for (unsigned i = 0; i < SENT; i++)
		world_send(fd, "x", 1, &to, size);
	for (unsigned i = 0; i < 5; i++)
		cr_expect_eq(s->ops->next(s, &b, 10, &e), SOURCE_NOTHING);
	cr_expect_eq(heard_count(&s->counts.delivered), s->block_count);
	while (count > 0)
		s->ops->release(s, held[--count]);
	take_all(s);
	cr_expect_eq(heard_count(&s->counts.delivered), s->block_count + SENT);
	shut(&w, s);
}

Test(host, only_the_named_interfaces_are_heard_also_when_made_again)
{
	static const char *const names[] = {"v0"};
	struct sockaddr_storage local, remote;
	socklen_t size;
	struct world w;
	struct source *s;
	int here, there;

	world_open(&w);
	here = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	there = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_host_with(&w, (struct source_host_config){.ifaces = names,
							   .iface_count = 1});
	local = world_ipv4("127.0.0.1", 0, &size);
	remote = world_ipv4("10.9.0.1", 0, &size);
	world_send(here, "lo", 2, &local, size);
	world_send(there, "v0", 2, &remote, size);
	cr_assert_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(memcmp(heard[0].bytes + 20, "v0", 2), 0);
	cr_expect_eq(atom_load_relaxed_u32(&s->up), 1);
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	for (unsigned i = 0; i < 400 && atom_load_relaxed_u32(&s->up) == 1;
	     i++) {
		world_send(here, "lo", 2, &local, size);
		cr_expect_eq(heard_collect(s, heard, 9, NULL, NULL, 20), 0);
	}
	cr_expect_eq(atom_load_relaxed_u32(&s->up), 0);
	cr_assert_eq(world_run(&w,
			       "ip link add v0 addr 02:00:00:00:00:01 type "
			       "veth peer name v1 && "
			       "ip link set v1 netns /proc/self/fd/%d && "
			       "ip addr add 10.9.0.1/24 dev v0 && "
			       "ip link set v0 up && "
			       "nsenter --net=/proc/self/fd/%d sh -c '"
			       "ip addr add 10.9.0.2/24 dev v1 && "
			       "ip link set v1 up && "
			       "ip neigh add 10.9.0.1 lladdr "
			       "02:00:00:00:00:01 dev v1'",
			       w.there, w.there),
		     0);
	for (unsigned i = 0; i < 400 && atom_load_relaxed_u32(&s->up) == 0; i++)
		cr_expect_eq(heard_collect(s, heard, 9, NULL, NULL, 20), 0);
	cr_expect_eq(atom_load_relaxed_u32(&s->up), 1);
	world_send(here, "lo", 2, &local, size);
	world_send(there, "v0", 2, &remote, size);
	cr_assert_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(memcmp(heard[0].bytes + 20, "v0", 2), 0);
	shut(&w, s);
}

Test(host, an_unknown_interface_is_refused_with_the_nearest_names)
{
	static const char *const names[] = {"lo", "v00"};
	static const uint8_t protos[] = {17};
	struct source_host_config config = {.protos = protos,
					    .proto_count = 1,
					    .ifaces = names,
					    .iface_count = 2,
					    .snaplen = 100,
					    .filter = NULL};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_host_open(w.priv, &config, &e));
	cr_expect(strstr(e.text, "\"v00\" (there are: v0, "), "%s", e.text);
	world_close(&w);
}

static size_t count_descriptors(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

Test(host, out_of_descriptors_opens_what_it_can_and_leaks_none)
{
	uint8_t protos[40];
	struct source_host_config config = {.protos = protos,
					    .proto_count = 40,
					    .snaplen = 100,
					    .filter = NULL};
	struct rlimit limit, unlimited;
	struct source *s;
	struct world w;
	size_t before;

	for (uint8_t i = 0; i < 40; i++)
		protos[i] = (uint8_t)(100 + i);
	world_open(&w);
	world_start_priv(&w);
	before = count_descriptors();
	getrlimit(RLIMIT_NOFILE, &unlimited);
	limit = unlimited;
	limit.rlim_cur = 40;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	s = source_host_open(w.priv, &config, &e);
	cr_assert_not_null(s, "%s", e.text);
	cr_expect(strstr(s->note, "not opened: opening a raw IPv"), "%s",
		  s->note);
	cr_expect_lt(strlen(s->label), sizeof(s->label));
	s->ops->close(s);
	cr_expect_eq(count_descriptors(), before);
	limit.rlim_cur = 3;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	cr_expect_null(source_host_open(w.priv, &config, &e));
	cr_expect(strstr(e.text, "ulimit -n"), "%s", e.text);
	cr_expect_eq(count_descriptors(), before);
	setrlimit(RLIMIT_NOFILE, &unlimited);
	world_close(&w);
}

static const char *name_in_the_test(uint8_t proto)
{
	return proto == 4 ? "ipip" : proto == 58 ? "icmpv6" : NULL;
}

Test(host, the_label_names_protocols_as_its_user_does)
{
	static const uint8_t protos[] = {4, 58, 253};
	struct source_host_config config = {.protos = protos,
					    .proto_count = 3,
					    .filter = NULL,
					    .proto_name = name_in_the_test};
	struct world w;
	struct source *s;

	world_open(&w);
	world_start_priv(&w);
	s = source_host_open(w.priv, &config, &e);
	cr_assert_not_null(s, "%s", e.text);
	cr_expect_str_eq(s->label, "host ipip,icmpv6,253");
	s->ops->close(s);
	world_close(&w);
}

Test(host, an_expression_about_link_headers_is_refused)
{
	static const uint8_t protos[] = {17};
	struct source_host_config config = {
		.protos = protos,
		.proto_count = 1,
		.snaplen = 100,
		.filter = filter_text("ether host "
				      "02:00:00:00:00:01")};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_host_open(w.priv, &config, &e));
	port_filter_release(config.filter);
	cr_expect(strstr(e.text, "--vantage wire"), "%s", e.text);
	world_close(&w);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
