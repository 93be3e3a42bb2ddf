/*
 * The wire source against real packets on a veth pair and on loopback.
 */
#include "port/sources.h"

#include "base/bits.h"
#include "base/clock.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"
#include "wire/link.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS    400
#define TEST_PROTO  253
#define ETHER_BYTES 14

static struct err e;
static struct heard heard[64];

static struct source *open_wire_with(struct world *w,
				     struct source_wire_config config)
{
	struct source *s;

	if (config.filter == NULL)
		config.filter = "";
	if (config.snaplen == 0)
		config.snaplen = 65535;
	s = source_wire_open(w->priv, &config, &e);
	cr_assert_not_null(s, "%s", e.text);
	return s;
}

static struct source *open_wire(struct world *w, const char *iface,
				const char *filter)
{
	return open_wire_with(w, (struct source_wire_config){.iface = iface,
							     .filter = filter});
}

static void shut(struct world *w, struct source *s)
{
	heard_expect_law(s);
	s->ops->close(s);
	world_close(w);
}

/* A frame from there to here: MACs, EtherType, then n bytes of `fill`. */
static size_t make_frame(uint8_t *frame, uint16_t type, size_t n, uint8_t fill)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};

	memcpy(frame, macs, sizeof(macs));
	bits_put_be16(frame + 12, type);
	memset(frame + ETHER_BYTES, fill, n);
	return ETHER_BYTES + n;
}

/* The EtherTypes of tests: local experiments (IEEE Std 802). */
#define TYPE_TEST 0x88b5

static bool is_type(const struct packet *p, const void *context)
{
	const uint16_t *type = context;

	return p->link == LINK_ETHERNET && p->caplen >= ETHER_BYTES &&
	       bits_be16(p->data + 12) == *type;
}

static void send_frame(int fd, const uint8_t *frame, size_t n)
{
	cr_assert_eq(send(fd, frame, n, 0), (ssize_t)n, "%s", strerror(errno));
}

Test(wire, both_directions_arrive_with_their_class)
{
	static const uint8_t payload[100] = "hello";
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to_here, to_there;
	struct world w;
	struct source *s;
	socklen_t size;
	unsigned n;
	int here, there;

	world_open(&w);
	here = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	there = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	to_here = world_ipv4("10.9.0.1", 0, &size);
	to_there = world_ipv4("10.9.0.2", 0, &size);
	world_send(there, payload, sizeof(payload), &to_here, size);
	world_send(here, payload, sizeof(payload), &to_there, size);
	n = heard_collect(s, heard, 64, heard_has_proto, &proto, QUIET_MS);
	cr_assert_eq(n, 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct packet *p = &heard[i].p;
		unsigned class = p->flags & PACKET_FLAG_CLASS_MASK;

		cr_expect_eq(p->link, LINK_ETHERNET);
		cr_expect_eq(p->len, 14 + 20 + sizeof(payload));
		cr_expect_eq(p->caplen, p->len);
		cr_expect_eq(p->iface, if_nametoindex("v0"));
		cr_expect_eq(memcmp(p->data + 34, payload, sizeof(payload)), 0);
		cr_expect_eq(class, p->data[5] == 1 ? PACKET_CLASS_HOST
						    : PACKET_CLASS_OUTGOING);
		cr_expect_eq(p->flags & PACKET_FLAG_COPY, 0);
		cr_expect_lt(clock_real_ns() - p->time_ns, 60 * CLOCK_NS_PER_S);
		/* The clock of the test has ns; so has the kernel's. */
		cr_expect_gt(p->time_ns, 1600000000 * CLOCK_NS_PER_S);
	}
	cr_expect_neq(heard[0].p.data[5], heard[1].p.data[5]);
	cr_expect_eq(heard_count((const atom_u64 *)&s->counts.dropped_kernel),
		     0);
	shut(&w, s);
}

Test(wire, all_interfaces_are_heard_and_new_ones_too)
{
	uint16_t type = TYPE_TEST;
	uint8_t frame[100];
	struct world w;
	struct source *s;
	size_t n = make_frame(frame, TYPE_TEST, 40, 7);
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, NULL, "ether proto 0x88b5 or icmp");
	cr_expect_str_eq(s->label, "wire all");
	send_frame(there, frame, n);
	cr_expect_eq(heard_collect(s, heard, 1, is_type, &type, QUIET_MS), 1);
	cr_assert_eq(
		world_run(
			&w,
			"ip link add d0 type veth peer name d1 && ip link set d1 up && "
			"ip addr add 10.8.0.1/24 dev d0 && "
			"ip link set d0 up && "
			"ping -c1 -W1 10.8.0.77 || true"),
		0);
	cr_assert_eq(world_run(&w, "ping -c1 10.9.0.2"), 0);
	cr_expect_eq(heard_collect(s, heard, 2, NULL, NULL, QUIET_MS), 2);
	shut(&w, s);
}

Test(wire, on_loopback_the_second_sight_is_marked)
{
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET6, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "lo", "");
	to = world_ipv6("::1", 0, &size);
	world_send(fd, "abc", 3, &to, size);
	cr_assert_eq(
		heard_collect(s, heard, 9, heard_has_proto, &proto, QUIET_MS),
		2);
	cr_expect_eq(heard[0].p.link, LINK_ETHERNET);
	cr_expect_eq(heard[0].p.len, 14 + 40 + 3);
	cr_expect_neq(heard[0].p.flags & PACKET_FLAG_COPY,
		      heard[1].p.flags & PACKET_FLAG_COPY);
	shut(&w, s);
}

Test(wire, a_vlan_tag_is_put_back_where_it_was)
{
	static const uint16_t tpids[2] = {0x8100, 0x88a8};
	uint8_t frame[200];
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	for (unsigned i = 0; i < 2; i++) {
		uint16_t type = tpids[i];
		size_t n = make_frame(frame, type, 60, 9);

		/* priority 5, VLAN 1234, then the type of the test */
		bits_put_be16(frame + 14, 5 << 13 | 1234);
		bits_put_be16(frame + 16, TYPE_TEST);
		send_frame(there, frame, n);
		cr_assert_eq(
			heard_collect(s, heard, 1, is_type, &type, QUIET_MS),
			1);
		cr_expect_eq(heard[0].p.len, n);
		cr_expect_eq(heard[0].p.caplen, n);
		cr_expect_eq(memcmp(heard[0].bytes, frame, n), 0);
	}
	shut(&w, s);
}

Test(wire, an_expression_about_vlan_runs_in_user_space)
{
	uint16_t type = 0x8100;
	uint8_t frame[200];
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, "v0", "vlan 77");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 2);
	for (unsigned id = 75; id < 80; id++) {
		size_t n = make_frame(frame, type, 60, 9);

		bits_put_be16(frame + 14, (uint16_t)id);
		bits_put_be16(frame + 16, TYPE_TEST);
		send_frame(there, frame, n);
	}
	cr_assert_eq(heard_collect(s, heard, 9, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[15], 77);
	cr_expect_geq(heard_count(&s->counts.filtered), 4);
	shut(&w, s);
}

Test(wire, an_expression_about_vlan_and_direction_is_refused)
{
	struct source_wire_config config = {
		.iface = "v0", .snaplen = 100, .filter = "vlan 1 and inbound"};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	cr_expect(strstr(e.text, "direction"), "%s", e.text);
	world_close(&w);
}

Test(wire, frames_without_payload_and_jumbo_frames_arrive)
{
	static const size_t sizes[] = {0, 1, 45, 46, 1500, 8986};
	uint16_t type = TYPE_TEST;
	static uint8_t frame[9100];
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	cr_assert_eq(world_run(&w,
			       "ip link set v0 mtu 9000 && nsenter "
			       "--net=/proc/self/fd/%d ip link set v1 mtu 9000",
			       w.there),
		     0);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = make_frame(frame, type, sizes[i], (uint8_t)i);

		send_frame(there, frame, n);
		cr_assert_eq(
			heard_collect(s, heard, 1, is_type, &type, QUIET_MS),
			1);
		cr_expect_eq(heard[0].p.len, n);
		cr_expect_eq(heard[0].p.caplen, n);
		cr_expect_eq(memcmp(heard[0].bytes, frame, n), 0);
	}
	shut(&w, s);
}

Test(wire, the_snap_length_cuts_and_the_length_stays)
{
	uint16_t type = TYPE_TEST;
	uint8_t frame[1000];
	size_t n = make_frame(frame, type, 900, 3);
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire_with(
		&w, (struct source_wire_config){.iface = "v0", .snaplen = 100});
	send_frame(there, frame, n);
	cr_assert_eq(heard_collect(s, heard, 1, is_type, &type, QUIET_MS), 1);
	cr_expect_eq(heard[0].p.caplen, 100);
	cr_expect_eq(heard[0].p.len, n);
	s->ops->close(s);
	s = open_wire_with(
		&w, (struct source_wire_config){.iface = "v0",
						.filter = "ether proto 0x88b5",
						.snaplen = 77});
	send_frame(there, frame, n);
	cr_assert_eq(heard_collect(s, heard, 1, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].p.caplen, 77);
	cr_expect_eq(heard[0].p.len, n);
	shut(&w, s);
}

Test(wire, a_super_packet_arrives_whole)
{
	static uint8_t payload[40000];
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;
	uint8_t proto = TEST_PROTO;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "lo", "");
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	/* lo has an MTU of 65536. */
	to = world_ipv4("127.0.0.1", 0, &size);
	world_send(fd, payload, sizeof(payload), &to, size);
	cr_assert_eq(
		heard_collect(s, heard, 1, heard_has_proto, &proto, QUIET_MS),
		1);
	cr_expect_eq(heard[0].p.len, 34 + sizeof(payload));
	cr_expect_eq(heard[0].p.caplen, 34 + sizeof(payload));
	cr_expect_eq(memcmp(heard[0].bytes + 34, payload, sizeof(payload)), 0);
	shut(&w, s);
}

Test(wire, what_is_lost_in_the_kernel_is_counted)
{
	enum { SENT = 60000 };
	uint8_t frame[1014];
	size_t n = make_frame(frame, TYPE_TEST, 1000, 3);
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire_with(
		&w, (struct source_wire_config){.iface = "v0",
						.filter = "ether proto 0x88b5",
						.snaplen = 65535,
						.ring_bytes = 1 << 20});
	cr_expect_eq(s->block_count, 4);
	for (unsigned i = 0; i < SENT; i++)
		send_frame(there, frame, n);
	heard_collect(s, heard, 0, NULL, NULL, 0);
	for (unsigned nothing = 0; nothing < 5;) {
		struct block *b;

		if (s->ops->next(s, &b, 50, &e) == SOURCE_BLOCK)
			s->ops->release(s, b);
		else
			nothing++;
	}
	cr_expect_eq(heard_count(&s->counts.seen), SENT);
	cr_expect_gt(heard_count(&s->counts.dropped_kernel), SENT / 2);
	cr_expect_gt(heard_count(&s->counts.delivered), 100);
	shut(&w, s);
}

Test(wire, blocks_go_back_in_any_order_and_none_comes_twice)
{
	enum { SENT = 1500 };
	uint8_t frame[1014];
	size_t n = make_frame(frame, TYPE_TEST, 1000, 3);
	struct block *held[4] = {0};
	unsigned held_count = 0;
	uint64_t sequence = 0;
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire_with(
		&w, (struct source_wire_config){.iface = "v0",
						.filter = "ether proto 0x88b5",
						.ring_bytes = 1 << 20});
	for (unsigned i = 0; i < SENT; i++) {
		struct block *b;

		send_frame(there, frame, n);
		if (s->ops->next(s, &b, 0, &e) != SOURCE_BLOCK)
			continue;
		cr_expect_eq(b->sequence, sequence++);
		for (unsigned h = 0; h < held_count; h++)
			cr_assert_neq(held[h], b, "block is out already");
		held[held_count++] = b;
		/* The one in the middle goes back, the first is kept. */
		if (held_count == 3) {
			s->ops->release(s, held[1]);
			held[1] = held[2];
			held_count = 2;
		}
		if (i % 500 > 400) {
			s->ops->release(s, held[0]);
			held[0] = held[--held_count];
		}
	}
	cr_expect_gt(sequence, 3);
	while (held_count > 0)
		s->ops->release(s, held[--held_count]);
	while (heard_collect(s, heard, 64, NULL, NULL, QUIET_MS) == 64)
		;
	cr_expect_eq(heard_count(&s->counts.seen), SENT);
	shut(&w, s);
}

Test(wire, the_expression_is_attached_and_exchanged)
{
	uint8_t udp = 17;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "udp dst port 7001");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	for (uint16_t port = 7000; port < 7010; port++) {
		to = world_ipv4("10.9.0.1", port, &size);
		world_send(fd, "x", 1, &to, size);
	}
	cr_expect_eq(
		heard_collect(s, heard, 64, heard_has_proto, &udp, QUIET_MS),
		1);
	cr_expect_eq(heard_count(&s->counts.seen), 1);
	cr_expect_not(s->ops->set_filter(s, "udp dst port 7 and and", &e));
	cr_expect(strstr(e.text, "syntax error"), "%s", e.text);
	cr_expect(strstr(e.text, "^"), "%s", e.text);
	cr_assert(s->ops->set_filter(s,
				     "udp dst port 7002 or udp dst port "
				     "7003",
				     &e),
		  "%s", e.text);
	for (uint16_t port = 7000; port < 7010; port++) {
		to = world_ipv4("10.9.0.1", port, &size);
		world_send(fd, "x", 1, &to, size);
	}
	cr_expect_eq(
		heard_collect(s, heard, 64, heard_has_proto, &udp, QUIET_MS),
		2);
	cr_assert(s->ops->set_filter(s, "", &e));
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 0);
	shut(&w, s);
}

Test(wire, a_filter_that_cannot_be_attached_runs_in_user_space)
{
	static uint8_t payload[300];
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	/* Too deep for a load that is counted from the IP header. */
	s = open_wire(&w, "v0", "udp and ip[200] == 5");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 2);
	to = world_ipv4("10.9.0.1", 9, &size);
	for (uint8_t i = 0; i < 10; i++) {
		payload[200 - 28] = i;
		world_send(fd, payload, sizeof(payload), &to, size);
	}
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[14 + 200], 5);
	cr_expect_geq(heard_count(&s->counts.filtered), 9);
	shut(&w, s);
}

static bool wait_up(struct source *s, uint32_t up)
{
	uint64_t until_ns = clock_monotonic_ns() + 20 * CLOCK_NS_PER_S;

	while (clock_monotonic_ns() < until_ns) {
		struct block *b;

		if (s->ops->next(s, &b, 50, &e) == SOURCE_BLOCK)
			s->ops->release(s, b);
		if (atom_load_relaxed_u32(&s->up) == up)
			return true;
	}
	return false;
}

static void recreate(struct world *w)
{
	cr_assert_eq(world_run(w,
			       "ip link add v0 addr 02:00:00:00:00:01 type "
			       "veth peer name v1 addr 02:00:00:00:00:02 && "
			       "ip link set v1 netns /proc/self/fd/%d && "
			       "ip addr add 10.9.0.1/24 dev v0 && "
			       "ip link set v0 up && "
			       "nsenter --net=/proc/self/fd/%d sh -c '"
			       "ip addr add 10.9.0.2/24 dev v1 && "
			       "ip link set v1 up && "
			       "ip neigh add 10.9.0.1 lladdr "
			       "02:00:00:00:00:01 dev v1'",
			       w->there, w->there),
		     0);
}

Test(wire, an_interface_that_goes_down_and_up_is_survived)
{
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	cr_expect_eq(atom_load_relaxed_u32(&s->up), 1);
	cr_assert_eq(world_run(&w, "ip link set v0 down"), 0);
	cr_expect(wait_up(s, 0));
	cr_assert_eq(world_run(&w, "ip link set v0 up"), 0);
	cr_expect(wait_up(s, 1));
	to = world_ipv4("10.9.0.2", 0, &size);
	world_send(fd, "abc", 3, &to, size);
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	shut(&w, s);
}

static void vanish_and_return(uint16_t fanout_group, unsigned fanout_size)
{
	uint8_t proto = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.here, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire_with(
		&w, (struct source_wire_config){.iface = "v0",
						.fanout_group = fanout_group,
						.fanout_size = fanout_size});
	to = world_ipv4("10.9.0.2", 0, &size);
	world_send(fd, "abc", 3, &to, size);
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	/* What came before is still delivered. */
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	cr_expect(wait_up(s, 0));
	recreate(&w);
	cr_expect(wait_up(s, 1));
	world_send(fd, "abc", 3, &to, size);
	cr_expect_eq(heard_collect(s, heard, 1, heard_has_proto, &proto, 3000),
		     1);
	cr_expect_eq(heard[0].p.iface, if_nametoindex("v0"));
	shut(&w, s);
}

Test(wire, an_interface_that_is_deleted_and_made_again_is_survived)
{
	vanish_and_return(0, 0);
}

Test(wire, a_fanout_survives_that_too)
{
	vanish_and_return(4711, 2);
}

Test(wire, an_interface_that_is_down_is_waited_for)
{
	struct world w;
	struct source *s;

	world_open(&w);
	cr_assert_eq(world_run(&w, "ip link add d0 type veth peer name d1"), 0);
	world_start_priv(&w);
	for (unsigned fanout = 0; fanout < 2; fanout++) {
		cr_assert_eq(world_run(&w, "ip link set d0 down"), 0);
		s = open_wire_with(&w, (struct source_wire_config){
					       .iface = "d0",
					       .fanout_group = 99,
					       .fanout_size = 1 + fanout});
		cr_expect_eq(atom_load_relaxed_u32(&s->up), 0);
		cr_expect_gt(s->block_count, 0);
		cr_assert_eq(world_run(&w, "ip link set d0 up"), 0);
		cr_expect(wait_up(s, 1));
		s->ops->close(s);
	}
	world_close(&w);
}

Test(wire, an_interface_lost_for_good_with_the_helper_is_said)
{
	enum source_take took = SOURCE_NOTHING;
	struct world w;
	struct source *s;

	world_open(&w);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "");
	cr_assert_eq(world_run(&w, "ip link del v0"), 0);
	cr_expect(wait_up(s, 0));
	cr_assert_eq(world_run(&w, "kill -9 %d", priv_pid(w.priv)), 0);
	recreate(&w);
	for (unsigned i = 0; i < 200 && took != SOURCE_FAILED; i++) {
		struct block *b;

		took = s->ops->next(s, &b, 100, &e);
		if (took == SOURCE_BLOCK)
			s->ops->release(s, b);
	}
	cr_expect_eq(took, SOURCE_FAILED);
	cr_expect(strstr(e.text, "rawtop-priv) is gone"), "%s", e.text);
	shut(&w, s);
}

Test(wire, an_unknown_interface_is_refused_with_the_nearest_names)
{
	struct source_wire_config config = {
		.iface = "vv0", .snaplen = 100, .filter = ""};
	struct world w;

	world_open(&w);
	world_start_priv(&w);
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	cr_expect(strstr(e.text, "no network interface \"vv0\" (there are: "
				 "v0, "),
		  "%s", e.text);
	config.iface = "a\033[31mverylongnamethatcannotbe";
	cr_expect_null(source_wire_open(w.priv, &config, &e));
	cr_expect_null(strchr(e.text, '\033'), "%s", e.text);
	world_close(&w);
}

Test(wire, two_sockets_of_a_fanout_get_every_packet_once)
{
	enum { FLOWS = 60 };
	struct source_wire_config config = {.iface = "v0",
					    .filter = "udp dst portrange "
						      "9000-9059",
					    .fanout_group = 1234,
					    .fanout_size = 2};
	struct sockaddr_storage to;
	unsigned times[FLOWS] = {0};
	unsigned per_socket[2];
	struct source *s[2];
	struct world w;
	socklen_t size;
	int fd;

	world_open(&w);
	fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	world_start_priv(&w);
	s[0] = open_wire_with(&w, config);
	s[1] = open_wire_with(&w, config);
	cr_expect(strstr(s[0]->note, "one of 2"), "%s", s[0]->note);
	for (uint16_t i = 0; i < FLOWS; i++) {
		to = world_ipv4("10.9.0.1", (uint16_t)(9000 + i), &size);
		world_send(fd, "x", 1, &to, size);
	}
	for (unsigned i = 0; i < 2; i++) {
		per_socket[i] =
			heard_collect(s[i], heard, 64, NULL, NULL, QUIET_MS);
		for (unsigned k = 0; k < per_socket[i]; k++)
			times[bits_be16(heard[k].bytes + 36) - 9000]++;
		heard_expect_law(s[i]);
	}
	for (unsigned i = 0; i < FLOWS; i++)
		cr_expect_eq(times[i], 1, "flow %u was seen %u times", i,
			     times[i]);
	cr_expect_gt(per_socket[0], 0);
	cr_expect_gt(per_socket[1], 0);
	s[0]->ops->close(s[0]);
	s[1]->ops->close(s[1]);
	world_close(&w);
}

static int open_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("no /dev/net/tun: %s", strerror(errno));
	memcpy(ifr.ifr_name, name, strlen(name));
	cr_assert_eq(ioctl(fd, TUNSETIFF, &ifr), 0);
	return fd;
}

Test(wire, packets_without_link_header_are_raw_and_filtered_as_such)
{
	/* IPv4, 10.7.0.2 to 10.7.0.1, protocol 253, 4 bytes; no checksum. */
	uint8_t ip[24] = {0x45, 0, 0, 24, 0,  0, 0, 0, 9,   253, 0,   0,
			  10,	7, 0, 2,  10, 7, 0, 1, 'a', 'b', 'c', 'd'};
	struct world w;
	struct source *s;
	int tun;

	world_open(&w);
	tun = open_tun("t0");
	cr_assert_eq(world_run(&w, "ip addr add 10.7.0.1/24 dev t0 && "
				   "ip link set t0 up"),
		     0);
	world_start_priv(&w);
	s = open_wire(&w, NULL,
		      "src host 10.7.0.2 and ip[8] == 9 and len < 30");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	for (uint8_t ttl = 5; ttl < 15; ttl++) {
		ip[8] = ttl;
		cr_assert_eq(write(tun, ip, sizeof(ip)), (ssize_t)sizeof(ip));
	}
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	ip[8] = 9;
	cr_expect_eq(heard[0].p.link, LINK_RAW);
	cr_expect_eq(heard[0].p.len, sizeof(ip));
	cr_expect_eq(memcmp(heard[0].bytes, ip, sizeof(ip)), 0);
	cr_expect_eq(heard[0].p.iface, if_nametoindex("t0"));
	shut(&w, s);
}

Test(wire, direction_words_run_in_the_kernel)
{
	struct world w;
	struct source *s;

	world_open(&w);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "inbound and icmp");
	cr_expect_eq(atom_load_relaxed_u32(&s->filter_place), 1);
	cr_assert_eq(world_run(&w, "ping -c1 10.9.0.2"), 0);
	cr_assert_eq(heard_collect(s, heard, 64, NULL, NULL, QUIET_MS), 1);
	cr_expect_eq(heard[0].bytes[34], 0, "an echo reply");
	shut(&w, s);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
