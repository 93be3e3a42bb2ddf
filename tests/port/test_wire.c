/*
 * The wire source against real packets on a veth pair and on loopback.
 */
#include "port/sources.h"

#include "base/bits.h"
#include "base/clock.h"
#include "tests/port/filter_text.h"
#include "tests/port/world.h"
#include "tests/priv/space.h"
#include "wire/link.h"

#include <assert.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define QUIET_MS    400
#define TEST_PROTO  253
#define ETHER_BYTES 14

static struct err e;
static struct heard heard[64];

static struct source *open_wire(struct world *w, const char *iface,
				const char *filter)
{
	return world_wire(
		w, (struct source_wire_config){.iface = iface,
					       .filter = filter_text(filter)});
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
	s = world_wire(
		&w, (struct source_wire_config){.iface = "v0", .snaplen = 100});
	send_frame(there, frame, n);
	cr_assert_eq(heard_collect(s, heard, 1, is_type, &type, QUIET_MS), 1);
	cr_expect_eq(heard[0].p.caplen, 100);
	cr_expect_eq(heard[0].p.len, n);
	s->ops->close(s);
	s = world_wire(&w, (struct source_wire_config){
				   .iface = "v0",
				   .filter = filter_text("ether proto 0x88b5"),
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
	s = world_wire(&w, (struct source_wire_config){
				   .iface = "v0",
				   .filter = filter_text("ether proto 0x88b5"),
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
	s = world_wire(&w, (struct source_wire_config){
				   .iface = "v0",
				   .filter = filter_text("ether proto 0x88b5"),
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

Test(wire, a_checksum_that_the_hardware_is_to_fill_in_is_marked)
{
	uint8_t udp = 17;
	uint8_t raw = TEST_PROTO;
	struct sockaddr_storage to;
	struct world w;
	struct source *s;
	socklen_t size;
	int udp_fd, raw_fd;

	world_open(&w);
	udp_fd = world_socket(&w, w.there, AF_INET, SOCK_DGRAM, 0);
	raw_fd = world_socket(&w, w.there, AF_INET, SOCK_RAW, TEST_PROTO);
	world_start_priv(&w);
	s = open_wire(&w, "v0", "src host 10.9.0.2");
	to = world_ipv4("10.9.0.1", 9, &size);
	world_send(udp_fd, "x", 1, &to, size);
	cr_assert_eq(
		heard_collect(s, heard, 1, heard_has_proto, &udp, QUIET_MS), 1);
	cr_expect(heard[0].p.flags & PACKET_FLAG_CHECKSUM_PARTIAL);
	world_send(raw_fd, "x", 1, &to, size);
	cr_assert_eq(
		heard_collect(s, heard, 1, heard_has_proto, &raw, QUIET_MS), 1);
	cr_expect_not(heard[0].p.flags & PACKET_FLAG_CHECKSUM_PARTIAL);
	shut(&w, s);
}

/* Adds up what a connection carried; the largest packet. */
static uint64_t sum_tcp(struct source *s, uint32_t *largest)
{
	uint64_t bytes = 0;
	unsigned n;

	*largest = 0;
	while ((n = heard_collect(s, heard, 64, NULL, NULL, QUIET_MS)) > 0) {
		for (unsigned i = 0; i < n; i++) {
			const struct packet *p = &heard[i].p;
			uint32_t ip = p->link == LINK_ETHERNET ? 14 : 0;
			uint32_t tcp = ip + 20;

			bytes += bits_be16(p->data + ip + 2) - 20u -
				 (p->data[tcp + 12] >> 4) * 4u;
			if (p->len > *largest)
				*largest = p->len;
		}
	}
	return bytes;
}

Test(wire, super_packets_of_offload_are_seen_whole_from_both_vantages)
{
	enum { STREAM = 40000 };
	static const uint8_t protos[] = {6};
	static uint8_t stream[STREAM];
	struct source_host_config config = {
		.protos = protos,
		.proto_count = 1,
		.snaplen = 65535,
		.filter =
			filter_text("src host 10.9.0.2 and tcp dst port 7003")};
	struct sockaddr_storage at;
	struct source *host, *wire;
	uint32_t largest;
	struct world w;
	socklen_t size;
	int listener, there;

	world_open(&w);
	listener = world_socket(&w, w.here, AF_INET, SOCK_STREAM, 0);
	there = world_socket(&w, w.there, AF_INET, SOCK_STREAM, 0);
	world_start_priv(&w);
	wire = open_wire(&w, "v0", config.filter->expression);
	host = source_host_open(w.priv, &config, &e);
	port_filter_release(config.filter);
	cr_assert_not_null(host, "%s", e.text);
	at = world_ipv4("10.9.0.1", 7003, &size);
	cr_assert_eq(bind(listener, (const struct sockaddr *)&at, size), 0);
	cr_assert_eq(listen(listener, 1), 0);
	cr_assert_eq(connect(there, (const struct sockaddr *)&at, size), 0);
	for (size_t done = 0; done < STREAM;) {
		ssize_t n = write(there, stream + done, STREAM - done);

		cr_assert_gt(n, 0);
		done += (size_t)n;
	}
	cr_expect_eq(sum_tcp(wire, &largest), STREAM);
	cr_expect_gt(largest, 1514);
	cr_expect_eq(sum_tcp(host, &largest), STREAM);
	cr_expect_gt(largest, 1500);
	heard_expect_law(host);
	host->ops->close(host);
	shut(&w, wire);
}

/* A plain socket beside the source: the kernel's own count of what passed. */
static int open_witness(struct world *w, const char *iface)
{
	/* tcpdump -dd ether proto 0x88b5 */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TYPE_TEST, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 262144),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = 4, .filter = code};
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = __builtin_bswap16(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(iface),
	};
	int fd = world_packet_socket(w, w->here, iface);

	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
				sizeof(program)),
		     0);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static unsigned witness_count(int fd)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	cr_assert_eq(
		getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size),
		0);
	return stats.tp_packets;
}

/* As the engine ends: asks until nothing comes, with a block or two at the
 * workers meanwhile. How many packets. */
static unsigned drain_holding(struct source *s, unsigned hold)
{
	struct block *held[3] = {0};
	unsigned packets = 0;
	unsigned n = 0;
	struct block *b;

	assert(hold <= 3);
	while (s->ops->next(s, &b, 80, &e) == SOURCE_BLOCK) {
		packets += b->count;
		if (n < hold)
			held[n++] = b;
		else
			s->ops->release(s, b);
	}
	while (n > 0)
		s->ops->release(s, held[--n]);
	return packets;
}

Test(wire, what_came_before_the_stop_is_delivered_by_the_drain)
{
	enum { SENT = 50 };
	uint8_t frame[100];
	size_t n = make_frame(frame, TYPE_TEST, 40, 7);
	int there, witness;
	struct world w;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	witness = open_witness(&w, "v0");
	world_start_priv(&w);
	for (unsigned hold = 0; hold <= 3; hold++) {
		struct source *s = open_wire(&w, "v0", "ether proto 0x88b5");
		struct block *last = NULL;
		unsigned got = 0;

		witness_count(witness); /* asking clears it */
		for (unsigned i = 0; i < SENT; i++) {
			struct block *b;

			send_frame(there, frame, n);
			if (s->ops->next(s, &b, 2, &e) != SOURCE_BLOCK)
				continue;
			got += b->count;
			/* A worker has the last block when the stop comes. */
			if (last != NULL)
				s->ops->release(s, last);
			last = b;
		}
		got += drain_holding(s, hold);
		if (last != NULL)
			s->ops->release(s, last);
		cr_expect_eq(got, SENT, "%u of %d with %u held", got, SENT,
			     hold);
		cr_expect_eq(heard_count(&s->counts.seen),
			     witness_count(witness));
		heard_expect_law(s);
		s->ops->close(s);
	}
	world_close(&w);
}

Test(wire, nothing_is_not_said_while_a_block_is_open_and_another_is_held)
{
	enum { ROUNDS = 10 };
	uint8_t frame[100];
	size_t n = make_frame(frame, TYPE_TEST, 40, 7);
	struct block *held[ROUNDS];
	struct world w;
	struct source *s;
	int there;

	world_open(&w);
	there = world_packet_socket(&w, w.there, "v1");
	world_start_priv(&w);
	s = open_wire(&w, "v0", "ether proto 0x88b5");
	/* poll says "readable" from the second round on. */
	for (unsigned i = 0; i < ROUNDS; i++) {
		send_frame(there, frame, n);
		cr_assert_eq(s->ops->next(s, &held[i], 10000, &e),
			     SOURCE_BLOCK);
	}
	for (unsigned i = 0; i < ROUNDS; i++)
		s->ops->release(s, held[i]);
	shut(&w, s);
}

int main(int argc, char *argv[])
{
	return space_main(argc, argv);
}
