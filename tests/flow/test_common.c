/*
 * The short way to a packet's facts says what the long way says, or nothing.
 */
#include "flow/key.h"
#include "port/sources.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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
	if (!flow_facts_read_common(&quick, p))
		return;
	tally->common++;
	view_decode(&v, p->data, p->caplen, p->len, p->link);
	cr_assert_eq(v.stop, VIEW_PAYLOAD);
	cr_assert(flow_facts_read(&slow, p, &v));
	cr_assert_eq(memcmp(&quick, &slow, sizeof(quick)), 0);
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
	s = source_made_open(&config, "", &e);
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
