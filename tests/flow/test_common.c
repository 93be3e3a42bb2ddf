/*
 * The short way to a packet's facts says what the long way says, or nothing.
 */
#include "flow/key.h"
#include "port/sources.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* All of it, but for the padding. */
#define FACTS_BYTES	 (offsetof(struct flow_facts, tunnelled) + sizeof(bool))
#define FACTS_TAIL	 offsetof(struct flow_facts, fragment_id)
#define FACTS_TAIL_BYTES (2 * sizeof(uint32_t)) /* and flow_label */

static bool facts_agree(const struct flow_facts *a, const struct flow_facts *b)
{
	return memcmp(a, b, FACTS_BYTES) == 0 &&
	       memcmp((const char *)a + FACTS_TAIL,
		      (const char *)b + FACTS_TAIL, FACTS_TAIL_BYTES) == 0;
}

struct tally {
	unsigned long packets;
	unsigned long common;
};

static void compare_one(const struct packet *p, struct tally *tally)
{
	struct flow_facts quick;
	struct flow_facts slow;
	struct view v;

	tally->packets++;
	memset(&quick, 0xa5, sizeof(quick));
	if (!flow_facts_read_common(&quick, p))
		return;
	tally->common++;
	view_decode(&v, p->data, p->caplen, p->len, p->link);
	cr_assert_eq(v.stop, VIEW_PAYLOAD);
	cr_assert(flow_facts_read(&slow, p, &v));
	cr_assert(facts_agree(&quick, &slow));
}

/* As it is, cut anywhere in its headers, and with a header byte changed. The
 * bytes are copied so that a sanitizer sees every read past them. */
static void compare_variants(const struct packet *p, unsigned seed,
			     struct tally *tally)
{
	uint32_t cut = seed % (p->caplen + 1);
	uint8_t *bytes = malloc(p->caplen + 1);
	struct packet q = *p;

	compare_one(p, tally);
	memcpy(bytes, p->data, p->caplen);
	q.data = bytes;
	bytes[(seed >> 8) % (p->caplen < 60 ? p->caplen : 60)] =
		(uint8_t)(seed >> 20);
	compare_one(&q, tally);
	free(bytes);

	bytes = malloc(cut + 1);
	memcpy(bytes, p->data, cut);
	q = *p;
	q.data = bytes;
	q.caplen = cut;
	compare_one(&q, tally);
	q.len = cut;
	compare_one(&q, tally);
	free(bytes);
}

static struct tally compare_made(const char *spec)
{
	struct source_made_config config;
	struct tally tally = {0, 0};
	unsigned seed = 12345;
	struct source *s;
	struct block *b;
	struct err e;

	cr_assert(source_made_parse(spec, &config, &e), "%s", e.text);
	s = source_made_open(&config, NULL, &e);
	cr_assert(s, "%s", e.text);
	while (s->ops->next(s, &b, 100, &e) == SOURCE_BLOCK) {
		for (uint32_t i = 0; i < b->count; i++) {
			seed = seed * 1103515245 + 12345;
			compare_variants(&b->packets[i], seed, &tally);
		}
		s->ops->release(s, b);
	}
	s->ops->close(s);
	return tally;
}

Test(common, the_short_way_agrees_with_the_view)
{
	struct tally t = compare_made("flows=300,packets=60000,seed=5");

	cr_assert_gt(t.common, t.packets / 4);
	cr_assert_lt(t.common, t.packets);
}

Test(common, and_so_it_does_for_ipv6_and_floods)
{
	struct tally t =
		compare_made("flows=0,packets=30000,ipv6_percent=50,seed=6");

	cr_assert_gt(t.common, 1000);
}

/* Where a run over these packets must end. */
static unsigned run_ends(const struct packet *p, uint32_t count, unsigned room,
			 uint8_t worker)
{
	struct flow_facts facts;
	unsigned n = 0;

	while (n < count && n < room && p[n].worker == worker &&
	       flow_facts_read_common(&facts, &p[n]))
		n++;
	return n;
}

Test(common, a_run_ends_at_its_room_its_worker_and_what_is_not_common)
{
	struct source_made_config config;
	struct flow_facts facts[64], one;
	unsigned runs = 0, full = 0;
	struct source *s;
	struct block *b;
	struct err e;

	cr_assert(source_made_parse("packets=20000,icmp_percent=5,seed=7",
				    &config, &e));
	s = source_made_open(&config, NULL, &e);
	cr_assert(s, "%s", e.text);
	while (s->ops->next(s, &b, 100, &e) == SOURCE_BLOCK) {
		for (uint32_t at = 0; at < b->count; at += 17) {
			const struct packet *p = &b->packets[at];
			unsigned room = at % 65;
			uint32_t left = b->count - at;
			unsigned n;

			b->packets[at + left / 2].worker = at % 3 == 0;
			n = flow_facts_read_run(facts, room, p, left, 0);
			cr_assert_eq(n, run_ends(p, left, room, 0));
			for (unsigned i = 0; i < n; i++) {
				memset(&one, 0, sizeof(one));
				cr_assert(flow_facts_read_common(&one, &p[i]));
				cr_assert(facts_agree(&one, &facts[i]));
			}
			full += n == room;
			runs++;
		}
		s->ops->release(s, b);
	}
	s->ops->close(s);
	cr_assert_gt(full, 10);
	cr_assert_lt(full, runs);
}
