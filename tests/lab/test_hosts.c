/*
 * The lab's hosts, fed with packets directly: what they answer, and that no
 * packet makes them do anything else.
 */
#include "base/bits.h"
#include "base/clock.h"
#include "lab/hosts.h"
#include "lab/stream.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#define SENT_MAX 64

/* What the hosts have sent since it was last cleared. */
struct sent {
	unsigned count;
	size_t len[SENT_MAX];
	uint8_t bytes[SENT_MAX][DATAGRAM_MTU];
};

static void sent_keep(void *context, const uint8_t *bytes, size_t len)
{
	struct sent *s = context;

	cr_assert_leq(len, DATAGRAM_MTU);
	if (s->count < SENT_MAX) {
		memcpy(s->bytes[s->count], bytes, len);
		s->len[s->count] = len;
	}
	s->count++;
}

static struct hosts *hosts_make(struct sent *s)
{
	struct datagram_out out = {.send = sent_keep, .context = s};

	s->count = 0;
	return hosts_open(&out);
}

/* A packet from this side to a host, its transport filled in by the caller at
 * datagram_room. */
struct probe {
	struct datagram_ends ends;
	uint8_t bytes[DATAGRAM_MTU];
	size_t len;
};

static void probe_keep(void *context, const uint8_t *bytes, size_t len)
{
	struct probe *p = context;

	memmove(p->bytes, bytes, len);
	p->len = len;
}

static uint8_t *probe_start(struct probe *p, uint8_t version, uint8_t network,
			    uint8_t number)
{
	memset(p, 0, sizeof(*p));
	p->ends.version = version;
	hosts_put_address(p->ends.src, version, HOSTS_NET_LAB, HOSTS_SELF);
	hosts_put_address(p->ends.dst, version, network, number);
	return p->bytes + datagram_room(version);
}

static void probe_seal(struct probe *p, uint8_t proto, size_t len,
		       size_t sum_at)
{
	struct datagram_out out = {.send = probe_keep, .context = p};

	datagram_send(&p->ends, proto, p->bytes, len, sum_at, &out);
}

static void probe_set_ttl(struct probe *p, uint8_t ttl)
{
	p->bytes[p->ends.version == 4 ? 8 : 7] = ttl;
}

static void hosts_feed(struct hosts *h, struct sent *s, struct probe *p)
{
	s->count = 0;
	hosts_take(h, p->bytes, p->len, clock_monotonic_ns());
}

/* Parses an answer, checks addresses and the transport checksum. */
static struct datagram answer_check(struct sent *s, unsigned index,
				    const struct probe *p, size_t sum_at)
{
	struct datagram d;
	uint16_t sum;
	uint8_t *at;

	cr_assert_lt(index, s->count);
	cr_assert(datagram_parse(&d, s->bytes[index], s->len[index]));
	cr_assert_eq(d.ends.version, p->ends.version);
	cr_assert_eq(memcmp(d.ends.dst, p->ends.src, 16), 0);
	if (d.ends.version == 4)
		cr_assert_eq(datagram_fold(datagram_sum(d.bytes, 20, 0)), 0);
	if (sum_at != 0) {
		struct probe again = {.ends = d.ends};

		at = d.bytes + d.offset + sum_at;
		sum = bits_be16(at);
		memcpy(again.bytes, d.bytes, d.len);
		probe_seal(&again, d.proto, d.len - d.offset, sum_at);
		cr_assert_eq(bits_be16(again.bytes + d.offset + sum_at), sum);
	}
	return d;
}

static void probe_ping(struct probe *p, uint8_t version, uint8_t network,
		       uint8_t number)
{
	uint8_t *icmp = probe_start(p, version, network, number);

	icmp[0] = version == 4 ? 8 : 128;
	memcpy(icmp + 4, "\x12\x34\x00\x01payload", 11);
	probe_seal(p, version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6, 15, 2);
}

static void probe_udp(struct probe *p, uint8_t version, uint8_t network,
		      uint8_t number, uint16_t port)
{
	uint8_t *udp = probe_start(p, version, network, number);

	bits_put_be16(udp, 4321);
	bits_put_be16(udp + 2, port);
	bits_put_be16(udp + 4, 13);
	memcpy(udp + 8, "hello", 5);
	probe_seal(p, IPPROTO_UDP, 13, 6);
}

static void probe_tcp(struct probe *p, uint8_t number, uint16_t ports[2],
		      uint8_t flags, uint32_t seq, uint32_t ack)
{
	uint8_t *tcp = probe_start(p, 4, HOSTS_NET_LAB, number);

	bits_put_be16(tcp, ports[0]);
	bits_put_be16(tcp + 2, ports[1]);
	bits_put_be32(tcp + 4, seq);
	bits_put_be32(tcp + 8, ack);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	bits_put_be16(tcp + 14, 65535);
	probe_seal(p, IPPROTO_TCP, 20, 16);
}

Test(hosts, the_friendly_host_answers_echo_requests_of_both_families)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	for (uint8_t version = 4; version <= 6; version += 2) {
		probe_ping(&p, version, HOSTS_NET_LAB, HOSTS_FRIENDLY);
		hosts_feed(h, &s, &p);
		cr_assert_eq(s.count, 1);
		d = answer_check(&s, 0, &p, 2);
		cr_assert_eq(d.bytes[d.offset], version == 4 ? 0 : 129);
		cr_assert_eq(memcmp(d.bytes + d.offset + 4,
				    "\x12\x34\x00\x01payload", 11),
			     0);
	}
	hosts_close(h);
}

Test(hosts, fragments_of_an_echo_request_come_back_one_by_one)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	probe_ping(&p, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY);
	bits_put_be16(p.bytes + 6, 0x2000 | 185);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 1);
	d = answer_check(&s, 0, &p, 0);
	cr_assert_not(d.first);
	cr_assert_eq(bits_be16(d.bytes + 6), 0x2000 | 185);
	/* What looks like a type is the middle of a message. */
	cr_assert_eq(d.bytes[d.offset], 8);
	hosts_close(h);
}

Test(hosts, udp_echo_swaps_ports_and_a_closed_port_is_unreachable)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	for (uint8_t version = 4; version <= 6; version += 2) {
		probe_udp(&p, version, HOSTS_NET_LAB, HOSTS_FRIENDLY, 7);
		hosts_feed(h, &s, &p);
		d = answer_check(&s, 0, &p, 6);
		cr_assert_eq(bits_be16(d.bytes + d.offset), 7);
		cr_assert_eq(bits_be16(d.bytes + d.offset + 2), 4321);

		probe_udp(&p, version, HOSTS_NET_LAB, HOSTS_FRIENDLY, 999);
		hosts_feed(h, &s, &p);
		d = answer_check(&s, 0, &p, 2);
		cr_assert_eq(d.bytes[d.offset], version == 4 ? 3 : 1);
		cr_assert_eq(d.bytes[d.offset + 1], version == 4 ? 3 : 4);
		/* It quotes the whole packet, as it was sent. */
		cr_assert_eq(d.len - d.offset - 8, p.len);
		cr_assert_eq(memcmp(d.bytes + d.offset + 8, p.bytes, p.len), 0);
	}
	hosts_close(h);
}

Test(hosts, a_name_is_answered_with_the_friendly_host)
{
	static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00"
				       "\x00\x00\x00\x03www\x03lab\x00\x00"
				       "\x01\x00\x01";
	size_t len = sizeof(query) - 1;
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;
	uint8_t *udp = probe_start(&p, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY);

	bits_put_be16(udp, 4321);
	bits_put_be16(udp + 2, 53);
	bits_put_be16(udp + 4, (uint16_t)(8 + len));
	memcpy(udp + 8, query, len);
	probe_seal(&p, IPPROTO_UDP, 8 + len, 6);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 6);
	cr_assert_eq(d.len - d.offset, 8 + len + 16);
	cr_assert_eq(memcmp(d.bytes + d.offset + 8, "\x12\x34\x81\x80", 4), 0);
	cr_assert_eq(memcmp(d.bytes + d.len - 4, "\x0a\x00\x00\x02", 4), 0);
	/* A question that runs past its end has no answer. */
	probe_start(&p, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY);
	bits_put_be16(udp + 2, 53);
	memcpy(udp + 8, query, len);
	udp[8 + 12] = 60;
	probe_seal(&p, IPPROTO_UDP, 8 + len, 6);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 0);
	hosts_close(h);
}

Test(hosts, custom_protocols_come_back_from_host_3_only)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	memcpy(probe_start(&p, 4, HOSTS_NET_LAB, HOSTS_CUSTOM), "own", 3);
	probe_seal(&p, 253, 3, 0);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 0);
	cr_assert_eq(d.proto, 253);
	cr_assert_eq(memcmp(d.ends.src, p.ends.dst, 16), 0);
	cr_assert_eq(memcmp(d.bytes + d.offset, "own", 3), 0);

	memcpy(probe_start(&p, 4, HOSTS_NET_LAB, HOSTS_FRIENDLY), "own", 3);
	probe_seal(&p, 253, 3, 0);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 2);
	cr_assert_eq(bits_be16(d.bytes + d.offset), 0x0302);
	hosts_close(h);
}

Test(hosts, the_silent_host_says_nothing_and_nobody_is_unreachable)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	probe_ping(&p, 4, HOSTS_NET_LAB, HOSTS_SILENT);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 0);
	probe_ping(&p, 4, HOSTS_NET_LAB, 77);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 2);
	cr_assert_eq(bits_be16(d.bytes + d.offset), 0x0301);
	hosts_close(h);
}

Test(hosts, the_walled_host_prohibits_all_but_tcp_port_80)
{
	uint16_t open[2] = {40000, 80}, shut[2] = {40000, 22};
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	probe_tcp(&p, HOSTS_WALLED, shut, 2, 100, 0);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 2);
	cr_assert_eq(bits_be16(d.bytes + d.offset), 0x030d);
	probe_tcp(&p, HOSTS_WALLED, open, 2, 100, 0);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 16);
	cr_assert_eq(d.bytes[d.offset + 13], 0x12);
	hosts_close(h);
}

Test(hosts, each_hop_of_the_chain_answers_for_its_ttl)
{
	uint8_t hop[16];
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	for (uint8_t version = 4; version <= 6; version += 2) {
		for (uint8_t ttl = 1; ttl <= HOSTS_CHAIN_LEN; ttl++) {
			probe_udp(&p, version, HOSTS_NET_CHAIN, HOSTS_CHAIN_LEN,
				  33434);
			probe_set_ttl(&p, ttl);
			hosts_feed(h, &s, &p);
			d = answer_check(&s, 0, &p, 2);
			hosts_put_address(hop, version, HOSTS_NET_CHAIN, ttl);
			cr_assert_eq(memcmp(d.ends.src, hop, 16), 0);
			if (ttl < HOSTS_CHAIN_LEN)
				cr_assert_eq(d.bytes[d.offset],
					     version == 4 ? 11 : 3);
			else
				cr_assert_eq(d.bytes[d.offset],
					     version == 4 ? 3 : 1);
		}
	}
	hosts_close(h);
}

Test(hosts, errors_are_not_answered_with_errors)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct probe p;
	uint8_t *icmp = probe_start(&p, 4, HOSTS_NET_LAB, 77);

	icmp[0] = 3;
	probe_seal(&p, IPPROTO_ICMP, 40, 2);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 0);
	hosts_close(h);
}

/* ---- TCP ---- */

static uint32_t answer_seq(const struct datagram *d)
{
	return bits_be32(d->bytes + d->offset + 4);
}

Test(hosts, a_closed_tcp_port_resets)
{
	uint16_t ports[2] = {40000, 81};
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram d;
	struct probe p;

	probe_tcp(&p, HOSTS_FRIENDLY, ports, 2, 100, 0);
	hosts_feed(h, &s, &p);
	d = answer_check(&s, 0, &p, 16);
	cr_assert_eq(d.bytes[d.offset + 13], 0x14);
	cr_assert_eq(bits_be32(d.bytes + d.offset + 8), 101);
	/* A reset is not answered. */
	probe_tcp(&p, HOSTS_FRIENDLY, ports, 4, 100, 0);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 0);
	hosts_close(h);
}

/* Opens a connection; returns the host's first sequence number. */
static uint32_t tcp_open(struct hosts *h, struct sent *s, struct probe *p,
			 uint16_t ports[2])
{
	struct datagram d;
	uint32_t iss;

	probe_tcp(p, HOSTS_FRIENDLY, ports, 2, 100, 0);
	hosts_feed(h, s, p);
	cr_assert_eq(s->count, 1);
	d = answer_check(s, 0, p, 16);
	cr_assert_eq(d.bytes[d.offset + 13], 0x12);
	iss = answer_seq(&d);
	probe_tcp(p, HOSTS_FRIENDLY, ports, 0x10, 101, iss + 1);
	hosts_feed(h, s, p);
	return iss;
}

Test(hosts, what_is_not_acknowledged_is_sent_again)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint16_t ports[2] = {40000, 22};
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct datagram first, again;
	struct probe p;

	tcp_open(h, &s, &p, ports);
	cr_assert_eq(s.count, 1, "the greeting");
	first = answer_check(&s, 0, &p, 16);
	hosts_tick(h, now_ns + CLOCK_NS_PER_S);
	cr_assert_eq(s.count, 2);
	again = answer_check(&s, 1, &p, 16);
	cr_assert_eq(first.len, again.len);
	cr_assert_eq(answer_seq(&first), answer_seq(&again));
	/* Nobody answers: the connection is given up with a reset. */
	for (unsigned i = 1; i < 60 && hosts_busy(h); i++)
		hosts_tick(h, now_ns + i * 60 * CLOCK_NS_PER_S);
	cr_assert_not(hosts_busy(h));
	hosts_close(h);
}

Test(hosts, a_closed_connection_is_forgotten)
{
	uint16_t ports[2] = {40000, 9};
	struct sent s;
	struct hosts *h = hosts_make(&s);
	struct probe p;
	uint32_t iss = tcp_open(h, &s, &p, ports);

	cr_assert(hosts_busy(h));
	probe_tcp(&p, HOSTS_FRIENDLY, ports, 0x11, 101, iss + 1);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.count, 1);
	cr_assert(s.bytes[0][33] & 1, "it closes its side, too");
	probe_tcp(&p, HOSTS_FRIENDLY, ports, 0x10, 102, iss + 2);
	hosts_feed(h, &s, &p);
	cr_assert_not(hosts_busy(h));
	hosts_close(h);
}

Test(hosts, connections_are_bounded_and_the_longest_silent_goes)
{
	struct sent s;
	struct hosts *h = hosts_make(&s);
	uint16_t ports[2] = {0, 9};
	struct probe p;
	uint32_t iss = 0;

	for (unsigned i = 0; i < STREAM_MAX + 1; i++) {
		ports[0] = (uint16_t)(10000 + i);
		iss = tcp_open(h, &s, &p, ports);
	}
	/* The newest is there: a byte is acknowledged. */
	probe_tcp(&p, HOSTS_FRIENDLY, ports, 0x11, 101, iss + 1);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.bytes[0][33] & 4, 0);
	/* The first is gone: its segments are met with a reset. */
	ports[0] = 10000;
	probe_tcp(&p, HOSTS_FRIENDLY, ports, 0x10, 101, iss + 1);
	hosts_feed(h, &s, &p);
	cr_assert_eq(s.bytes[0][33], 4);
	hosts_close(h);
}

/* ---- anything at all ---- */

static uint32_t chance_next(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Run under the address sanitizer this is a small fuzzer: valid packets with
 * bytes changed and ends cut off, in buffers of just their size. */
Test(hosts, no_packet_makes_them_read_past_its_end)
{
	uint16_t ports[2] = {40000, 80};
	struct sent s;
	struct hosts *h = hosts_make(&s);
	uint32_t state = 1;
	struct probe p;

	for (unsigned i = 0; i < 60000; i++) {
		uint8_t version = chance_next(&state) & 1 ? 4 : 6;
		uint8_t number = (uint8_t)(chance_next(&state) % 7);
		uint8_t *exact;

		switch (chance_next(&state) % 4) {
		case 0:
			probe_ping(&p, version, 0, number);
			break;
		case 1:
			probe_udp(&p, version, 0, number, 53);
			break;
		case 2:
			probe_tcp(&p, number, ports,
				  (uint8_t)chance_next(&state), i, i);
			break;
		default:
			probe_udp(&p, version, 9, number, 7);
		}
		for (unsigned j = chance_next(&state) % 4; j > 0; j--)
			p.bytes[chance_next(&state) % p.len] =
				(uint8_t)chance_next(&state);
		p.len -= chance_next(&state) % 4 == 0
				 ? chance_next(&state) % p.len
				 : 0;
		exact = malloc(p.len);
		cr_assert_not_null(exact);
		memcpy(exact, p.bytes, p.len);
		s.count = 0;
		hosts_take(h, exact, p.len, i * CLOCK_NS_PER_MS);
		free(exact);
		if (i % 100 == 0)
			hosts_tick(h, i * CLOCK_NS_PER_MS);
	}
	hosts_close(h);
}
