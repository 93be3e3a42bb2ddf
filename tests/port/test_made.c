/* Made traffic: the same every time, right in every checksum, plausible. */
#include "port/made_gen.h"
#include "port/made_pick.h"
#include "port/sources.h"
#include "wire/link.h"

#include "base/bits.h"
#include "base/clock.h"
#include "tests/port/filter_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ETHERNET 14

static struct source_made_config parse(const char *text)
{
	struct source_made_config c;
	struct err e;

	cr_assert(source_made_parse(text, &c, &e), "%s", e.text);
	return c;
}

static struct source *open_made(const char *text, const char *filter)
{
	struct source_made_config c = parse(text);
	struct err e;
	struct port_filter *given = filter_text(filter);
	struct source *s = source_made_open(&c, given, &e);

	port_filter_release(given);
	cr_assert(s, "%s", e.text);
	return s;
}

/* Calls each() with every packet; returns how many there were. */
static uint64_t each_packet(const char *text, const char *filter,
			    void (*each)(const struct packet *p, void *context),
			    void *context)
{
	struct source *s = open_made(text, filter);
	const struct source_counts *c = &s->counts;
	enum source_take take;
	uint64_t count = 0;
	struct block *b;
	struct err e;

	while ((take = s->ops->next(s, &b, 100, &e)) != SOURCE_END) {
		cr_assert_neq(take, SOURCE_FAILED, "%s", e.text);
		if (take == SOURCE_NOTHING)
			continue;
		for (uint32_t i = 0; i < b->count; i++)
			each(&b->packets[i], context);
		count += b->count;
		s->ops->release(s, b);
	}
	cr_assert_eq(atom_load_relaxed_u64(&c->delivered), count);
	cr_assert_eq(atom_load_relaxed_u64(&c->seen),
		     count + atom_load_relaxed_u64(&c->filtered));
	s->ops->close(s);
	return count;
}

/* FNV-1a over bytes, lengths and times. */
static void digest(const struct packet *p, void *context)
{
	uint64_t *h = context;

	for (uint32_t i = 0; i < p->caplen; i++)
		*h = (*h ^ p->data[i]) * 1099511628211u;
	*h = (*h ^ p->len) * 1099511628211u;
	*h = (*h ^ p->time_ns) * 1099511628211u;
}

static uint64_t digest_of(const char *text)
{
	uint64_t h = 14695981039346656037u;

	each_packet(text, "", digest, &h);
	return h;
}

Test(made, the_same_seed_gives_the_same_bytes_and_another_one_others)
{
	uint64_t first = digest_of("seed=7,packets=20000");

	cr_assert_eq(digest_of("seed=7,packets=20000"), first);
	cr_assert_neq(digest_of("seed=8,packets=20000"), first);
	first = digest_of("seed=7,packets=20000,flows=0");
	cr_assert_eq(digest_of("seed=7,packets=20000,flows=0"), first);
}

static void count_only(const struct packet *p, void *context)
{
	(void)p;
	++*(uint64_t *)context;
}

Test(made, exactly_the_packets_asked_for_are_made_and_counted)
{
	static const char *const texts[] = {
		"packets=1", "packets=1023", "packets=1e5",
		"packets=1024,flows=0", "packets=3000,size=1514"};
	static const uint64_t counts[] = {1, 1023, 100000, 1024, 3000};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		uint64_t n = 0;

		cr_assert_eq(each_packet(texts[i], "", count_only, &n),
			     counts[i]);
		cr_assert_eq(n, counts[i]);
	}
}

/* The Internet checksum as RFC 1071 words it, two bytes at a time. */
static uint32_t sum_bytes(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* What a frame says, read by hand. */
struct told {
	bool ipv6;
	uint8_t proto;
	const uint8_t *ip;
	const uint8_t *transport;
	uint32_t transport_size;
	const uint8_t *addresses; /* both */
	uint32_t address_size;
};

static struct told tell(const struct packet *p)
{
	const uint8_t *ip = p->data + ETHERNET;
	bool ipv6 = bits_be16(p->data + 12) == 0x86dd;
	struct told t = {
		.ipv6 = ipv6,
		.ip = ip,
		.proto = ipv6 ? ip[6] : ip[9],
		.transport = ip + (ipv6 ? 40 : 20),
		.transport_size =
			ipv6 ? bits_be16(ip + 4) : bits_be16(ip + 2) - 20u,
		.addresses = ip + (ipv6 ? 8 : 12),
		.address_size = ipv6 ? 16 : 4,
	};

	cr_assert(ipv6 || bits_be16(p->data + 12) == 0x0800);
	cr_assert_eq(ip[0] >> 4, ipv6 ? 6 : 4);
	cr_assert_leq(t.transport + t.transport_size, p->data + p->caplen);
	return t;
}

static void check_sums(const struct packet *p, void *context)
{
	struct told t = tell(p);
	uint32_t sum = 0;

	(void)context;
	cr_assert_eq(p->caplen, p->len);
	cr_assert_eq(p->link, LINK_ETHERNET);
	cr_assert_eq(p->flags, PACKET_FLAG_OFFLINE | PACKET_CLASS_UNKNOWN);
	if (!t.ipv6)
		cr_assert_eq(sum_bytes(t.ip, 20, 0), 0xffff);
	if (t.ipv6 || t.proto != 1) {
		sum = sum_bytes(t.addresses, 2 * t.address_size, 0);
		sum += t.proto + t.transport_size;
	}
	cr_assert_eq(sum_bytes(t.transport, t.transport_size, sum), 0xffff);
	if (t.proto == 17) {
		cr_assert_eq(bits_be16(t.transport + 4), t.transport_size);
		cr_assert_neq(bits_be16(t.transport + 6), 0);
	}
}

Test(made, every_checksum_is_right)
{
	uint64_t n = 0;

	each_packet("packets=30000,icmp_percent=20,size=60-300", "", check_sums,
		    &n);
	each_packet("packets=3000,icmp_percent=20,size=1000-9000", "",
		    check_sums, &n);
	each_packet("packets=3000,icmp_percent=20,size=64,flows=0", "",
		    check_sums, &n);
	each_packet("packets=300,size=65549", "", check_sums, &n);
	each_packet("packets=3000,size=0,icmp_percent=30", "", check_sums, &n);
}

struct bounds {
	uint32_t least;
	uint32_t most;
};

static void find_bounds(const struct packet *p, void *context)
{
	struct bounds *b = context;

	if (p->len < b->least)
		b->least = p->len;
	if (p->len > b->most)
		b->most = p->len;
}

Test(made, frames_are_as_long_as_asked_or_as_their_headers)
{
	struct bounds b = {UINT32_MAX, 0};

	each_packet("packets=20000,size=90-1000", "", find_bounds, &b);
	cr_assert_eq(b.least, 90);
	cr_assert_gt(b.most, 950);
	cr_assert_leq(b.most, 1000);
	b = (struct bounds){UINT32_MAX, 0};
	each_packet("packets=20000,size=64,ipv6_percent=0", "", find_bounds,
		    &b);
	cr_assert_eq(b.least, 64);
	cr_assert_eq(b.most, 64);
	b = (struct bounds){UINT32_MAX, 0};
	each_packet("packets=20000,size=1,ipv6_percent=100", "", find_bounds,
		    &b);
	cr_assert_eq(b.least, 14 + 40 + 8);
	cr_assert_eq(b.most, 14 + 40 + 28);
}

/* --- five-tuples --- */

struct tuple {
	uint8_t bytes[2 * 16 + 5];
};

struct tuples {
	struct tuple *all;
	size_t count;
};

/* The five-tuple with the client first; ICMP by its identifier. */
static struct tuple tuple_of(const struct packet *p)
{
	struct told t = tell(p);
	struct tuple k;
	bool icmp = t.proto == 1 || t.proto == 58;
	const uint8_t *from = t.addresses;
	/* Clients are 10… and fd00…, servers 198… and 2001…. */
	bool reply = from[0] != 10 && from[0] != 0xfd;
	const uint8_t *to = from + t.address_size;

	memset(&k, 0, sizeof(k));
	memcpy(k.bytes, reply ? to : from, t.address_size);
	memcpy(k.bytes + 16, reply ? from : to, t.address_size);
	k.bytes[32] = t.proto;
	if (icmp) {
		memcpy(k.bytes + 33, t.transport + 4, 2);
	} else {
		memcpy(k.bytes + 33, t.transport + (reply ? 2 : 0), 2);
		memcpy(k.bytes + 35, t.transport + (reply ? 0 : 2), 2);
	}
	return k;
}

static void collect_tuple(const struct packet *p, void *context)
{
	struct tuples *t = context;

	t->all[t->count++] = tuple_of(p);
}

static int compare_tuples(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tuple));
}

/* How many different five-tuples these packets have. */
static size_t count_tuples(const char *text, size_t packets)
{
	struct tuples t = {malloc(packets * sizeof(struct tuple)), 0};
	size_t different = 1;

	cr_assert(t.all);
	cr_assert_eq(each_packet(text, "", collect_tuple, &t), packets);
	qsort(t.all, t.count, sizeof(*t.all), compare_tuples);
	for (size_t i = 1; i < t.count; i++)
		different += compare_tuples(&t.all[i - 1], &t.all[i]) != 0;
	free(t.all);
	return different;
}

Test(made, there_are_as_many_five_tuples_as_flows)
{
	cr_assert_eq(count_tuples("flows=1,packets=5000", 5000), 1);
	cr_assert_eq(count_tuples("flows=1000,packets=50000,zipf=0", 50000),
		     1000);
	cr_assert_leq(count_tuples("flows=1000,packets=50000,zipf=2", 50000),
		      1000);
}

Test(made, in_a_flood_each_packet_has_a_five_tuple_of_its_own)
{
	cr_assert_eq(count_tuples("flows=0,packets=100000", 100000), 100000);
	cr_assert_eq(count_tuples("flows=0,packets=50000,icmp_percent=100,"
				  "udp_percent=0",
				  50000),
		     50000);
}

static void count_mix(const struct packet *p, void *context)
{
	uint64_t *mix = context;
	struct told t = tell(p);

	mix[0] += t.ipv6;
	mix[1] += t.proto == 6;
	mix[2] += t.proto == 17;
	mix[3] += t.proto == 1 || t.proto == 58;
}

Test(made, the_mix_of_protocols_is_the_one_asked_for)
{
	uint64_t mix[4] = {0};

	each_packet("flows=0,packets=100000,ipv6_percent=25,udp_percent=40,"
		    "icmp_percent=10",
		    "", count_mix, mix);
	cr_assert(mix[0] > 24000 && mix[0] < 26000);
	cr_assert(mix[1] > 49000 && mix[1] < 51000);
	cr_assert(mix[2] > 39000 && mix[2] < 41000);
	cr_assert(mix[3] > 9000 && mix[3] < 11000);
	memset(mix, 0, sizeof(mix));
	each_packet("packets=1000,ipv6_percent=0,udp_percent=100,"
		    "icmp_percent=0",
		    "", count_mix, mix);
	cr_assert_eq(mix[0], 0);
	cr_assert_eq(mix[2], 1000);
}

/* --- TCP --- */

struct talk {
	uint32_t next[2]; /* sequence numbers */
	unsigned syns;
	unsigned fins;
	uint64_t data[2];
	unsigned connections;
};

/* One flow only: the packets of a connection follow each other. */
static void follow_tcp(const struct packet *p, void *context)
{
	struct talk *k = context;
	struct told t = tell(p);
	unsigned from = bits_be16(t.transport) < 0x8000;
	uint32_t seq = bits_be32(t.transport + 4);
	uint32_t ack = bits_be32(t.transport + 8);
	uint8_t flags = t.transport[13];
	uint32_t head = (uint32_t)(t.transport[12] >> 4) * 4;
	uint32_t data = t.transport_size - head;

	cr_assert_eq(t.proto, 6);
	if (flags & 0x02) {
		cr_assert_eq(k->syns, from);
		cr_assert_eq(data, 0);
		k->syns = from == 0 ? 1 : 2;
		k->fins = 0;
		k->connections += from == 0;
		k->next[from] = seq;
	}
	cr_assert_eq(seq, k->next[from]);
	if (flags & 0x10)
		cr_assert_eq(ack, k->next[!from]);
	else
		cr_assert_eq(flags, 0x02);
	k->next[from] += data + ((flags & 0x03) != 0);
	k->data[from] += data;
	if (flags & 0x01)
		k->fins++;
	else if (k->fins == 2)
		k->syns = 0; /* the last acknowledgement */
}

#define ONE_TCP                                                                \
	"flows=1,packets=10000,udp_percent=0,icmp_percent=0,size=64-1000,"

Test(made, a_tcp_flow_is_a_chain_of_whole_connections)
{
	struct talk k = {0};

	each_packet(ONE_TCP "segments=9", "", follow_tcp, &k);
	/* 3 + 4 * 3 + 3 packets each. */
	cr_assert_eq(k.connections, (10000 + 17) / 18);
	cr_assert_gt(k.data[0], 0);
	cr_assert_gt(k.data[1], k.data[0]);
}

Test(made, without_segments_a_connection_never_ends)
{
	struct talk k = {0};

	each_packet(ONE_TCP "segments=0", "", follow_tcp, &k);
	cr_assert_eq(k.connections, 1);
	cr_assert_eq(k.fins, 0);
}

static void follow_echo(const struct packet *p, void *context)
{
	unsigned *n = context;
	struct told t = tell(p);
	bool reply = *n % 2;
	uint8_t type = t.ipv6 ? 128 + reply : (reply ? 0 : 8);

	cr_assert_eq(t.transport[0], type);
	cr_assert_eq(bits_be16(t.transport + 6), (uint16_t)(*n / 2));
	++*n;
}

Test(made, echo_requests_are_answered_under_the_same_number)
{
	unsigned n = 0;

	each_packet("flows=1,packets=1000,udp_percent=0,icmp_percent=100,"
		    "ipv6_percent=0",
		    "", follow_echo, &n);
	n = 0;
	each_packet("flows=1,packets=1000,udp_percent=0,icmp_percent=100,"
		    "ipv6_percent=100",
		    "", follow_echo, &n);
}

/* --- time, popularity, text --- */

static void check_step(const struct packet *p, void *context)
{
	uint64_t *n = context;

	cr_assert_eq(p->time_ns, MADE_START_NS + *n * 1000);
	++*n;
}

Test(made, without_a_rate_time_is_part_of_the_determinism)
{
	struct source_made_config c = parse("rate_packets=3");
	uint64_t n = 0;

	each_packet("packets=5000", "", check_step, &n);
	cr_assert_eq(made_time_ns(&c, 0), MADE_START_NS);
	cr_assert_eq(made_time_ns(&c, 1), MADE_START_NS + 333333333);
	cr_assert_eq(made_time_ns(&c, 3), MADE_START_NS + CLOCK_NS_PER_S);
	c.rate_packets = MADE_RATE_MAX;
	cr_assert_eq(made_time_ns(&c, UINT64_C(1) << 40),
		     MADE_START_NS + (UINT64_C(1) << 40));
}

struct paced {
	uint64_t first_ns;
	uint64_t last_ns;
	uint64_t count;
};

static void check_paced(const struct packet *p, void *context)
{
	struct paced *k = context;

	if (k->count++ == 0)
		k->first_ns = p->time_ns;
	else
		cr_assert_geq(p->time_ns, k->last_ns);
	k->last_ns = p->time_ns;
}

Test(made, with_a_rate_packets_are_stamped_with_real_time_and_spaced)
{
	struct paced k = {0};
	uint64_t before_ns = clock_real_ns();

	each_packet("packets=1001,rate_packets=20000", "", check_paced, &k);
	/* 1000 spaces of 50 µs, unless the machine stood still for a second
	 * and the pace began anew. */
	cr_assert_geq(k.last_ns - k.first_ns, 50000000);
	cr_assert_geq(k.first_ns, before_ns - CLOCK_NS_PER_S);
	cr_assert_leq(k.last_ns, clock_real_ns() + CLOCK_NS_PER_S);
}

Test(made, a_paced_source_has_nothing_before_its_time)
{
	struct source *s = open_made("packets=10,rate_packets=1", "");
	struct block *b;
	struct err e;

	cr_assert_eq(s->ops->next(s, &b, 0, &e), SOURCE_BLOCK);
	cr_assert_eq(b->count, 1);
	s->ops->release(s, b);
	cr_assert_eq(s->ops->next(s, &b, 0, &e), SOURCE_NOTHING);
	cr_assert_eq(s->ops->next(s, &b, 1, &e), SOURCE_NOTHING);
	s->ops->close(s);
}

/* How often this thread has waited for something. */
static long waits(void)
{
	struct rusage used;

	cr_assert_eq(getrusage(RUSAGE_THREAD, &used), 0);
	return used.ru_nvcsw;
}

Test(made, a_slow_source_sleeps_from_packet_to_packet)
{
	struct source *s = open_made("packets=4,rate_packets=10", "");
	long before = waits();
	struct block *b;
	struct err e;

	for (unsigned taken = 0; taken < 4;) {
		if (s->ops->next(s, &b, 60000, &e) != SOURCE_BLOCK)
			continue;
		taken += b->count;
		s->ops->release(s, b);
	}
	/* 300 ms: a packet's wait is one, or a few; one that wakes every
	 * millisecond would have had hundreds. */
	cr_expect_leq(waits() - before, 30);
	s->ops->close(s);
}

Test(made, popularity_follows_the_law_of_zipf)
{
	static uint64_t hits[1000];
	struct made_pick pick;
	double sum = 0;
	struct err e;

	cr_assert(made_pick_open(&pick, 1000, 1.0, &e));
	/* Every random number in even steps: the shares come out exactly. */
	for (uint64_t i = 0; i < 4000000; i++)
		hits[made_pick_choose(&pick,
				      i * UINT64_C(0x9e3779b97f4a7c15))]++;
	for (int i = 1; i <= 1000; i++)
		sum += 1.0 / i;
	for (int i = 1; i <= 1000; i *= 10) {
		double wanted = 4000000 / sum / i;

		cr_assert_gt((double)hits[i - 1], 0.9 * wanted);
		cr_assert_lt((double)hits[i - 1], 1.1 * wanted);
	}
	made_pick_close(&pick);
}

Test(made, an_expression_is_applied_and_counted)
{
	uint64_t n = 0;
	uint64_t made = each_packet("packets=10000", "udp", count_only, &n);

	cr_assert_gt(made, 1000);
	cr_assert_lt(made, 9000);
	cr_assert_eq(each_packet("packets=10000", "port 1", count_only, &n), 0);
}
