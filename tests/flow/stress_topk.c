/*
 * One thread writes a table, adding and ending flows all the time, while
 * another asks for its rows in every order. Every packet has the same length,
 * so a row that was read in the middle of a write, or put together from two
 * flows, shows. Build it with -fsanitize=thread too.
 * Usage: stress_topk [queries]
 */
#include "base/atom.h"
#include "base/clock.h"
#include "flow/column_parts.h"
#include "flow/topk.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES	   3000
#define FULL	   300	/* at least, of pages that were full */
#define FLOWS	   2000 /* fewer than there is traffic for: evictions */
#define KEYS	   3000
#define BYTES	   100
#define ROWS	   60
#define START	   (1700000000 * CLOCK_NS_PER_S)
#define PER_SECOND 20000

struct stress {
	struct flow_table *table;
	atom_u32 done;
	atom_u64 now_ns;
};

static uint64_t random_below(uint64_t *seed, uint64_t n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (*seed >> 33) % n;
}

static void *writer_main(void *argument)
{
	struct stress *s = argument;
	uint64_t seed = 1;

	for (uint64_t i = 0; !atom_load_acquire_u32(&s->done); i++) {
		uint64_t now_ns = START + i * (CLOCK_NS_PER_S / PER_SECOND);
		uint32_t n = (uint32_t)random_below(&seed, KEYS);
		struct flow_facts f = {
			.time_ns = now_ns,
			.bytes = BYTES,
			.frame_bytes = BYTES + 14,
			.direction = (uint8_t)random_below(&seed, 2),
			.tcp_flags = random_below(&seed, 16) ? 0x10 : 0x04,
			.ttl = 64,
			.packet_flags = PACKET_FLAG_OFFLINE,
			.ports_known = true,
			.transport_known = true,
		};

		f.key.version = 4;
		f.key.proto = n % 2 ? IPPROTO_TCP : IPPROTO_UDP;
		/* The two addresses say the same number: a row of two flows
		 * would not. */
		memcpy(f.key.addr[0], &n, 3);
		memcpy(f.key.addr[1], &n, 3);
		f.key.addr[0][3] = 1;
		f.key.addr[1][3] = 2;
		f.key.port[0] = (uint16_t)n;
		f.key.port[1] = (uint16_t)n;
		flow_table_put(s->table, &f, 1);
		atom_store_relaxed_u64(&s->now_ns, now_ns);
		if (i % 64 == 0)
			flow_table_tick(s->table, now_ns);
	}
	return NULL;
}

/* Is the row one flow at one time? */
static bool row_is_whole(const struct flow *f)
{
	bool whole = memcmp(f->side[0].addr, f->side[1].addr, 3) == 0 &&
		     f->side[0].port == f->side[1].port &&
		     f->side[0].packets + f->side[1].packets > 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct flow_side *s = &f->side[i];

		whole = whole && s->bytes == s->packets * BYTES &&
			s->frame_bytes == s->packets * (BYTES + 14) &&
			(s->packets == 0) == (s->first_ns == 0);
	}
	return whole;
}

static bool rows_are_right(const struct topk_query *q, const struct flow *rows,
			   uint32_t count, uint64_t matching)
{
	bool right = count <= ROWS && matching <= FLOWS;

	for (uint32_t i = 0; i < count; i++) {
		right = right && row_is_whole(&rows[i]) &&
			flow_filter_match(q->filter, &rows[i]);
		if (i == 0 || !right)
			continue;
		/* Ties stand by place, which the id does not tell. */
		if (column_table[q->sort].descending != q->invert)
			right = column_rank(q->sort, &rows[i - 1], q->now_ns) >=
				column_rank(q->sort, &rows[i], q->now_ns);
		else
			right = column_rank(q->sort, &rows[i - 1], q->now_ns) <=
				column_rank(q->sort, &rows[i], q->now_ns);
	}
	return right;
}

/* Asks until there was enough of everything; false when one went wrong. */
static bool query_all(struct stress *s, struct topk *topk,
		      const struct flow_filter *filter, unsigned enough)
{
	static struct flow rows[ROWS];
	unsigned queries = 0, full = 0;
	uint64_t matching = 0;

	while (queries < enough || full < FULL) {
		struct topk_query q = {
			.sort = queries % COLUMN_COUNT,
			.invert = queries / COLUMN_COUNT % 2,
			.closed = queries / 2 % 2,
			.filter = queries % 3 ? NULL : filter,
			.first = queries % 5 ? 0 : (uint32_t)matching / 2,
			.rows = ROWS,
			.now_ns = atom_load_relaxed_u64(&s->now_ns),
		};
		uint32_t count =
			topk_find(topk, &s->table, 1, &q, rows, &matching);

		if (!rows_are_right(&q, rows, count, matching)) {
			printf("query %u by %s: wrong rows\n", queries,
			       column_table[q.sort].name);
			return false;
		}
		full += count == ROWS;
		queries++;
	}
	printf("%u queries, %u with a full page\n", queries, full);
	return true;
}

int main(int argc, char **argv)
{
	struct flow_table_config config = {
		.max_flows = FLOWS,
		.idle_timeout_ns = CLOCK_NS_PER_S / 4,
		.closed_linger_ns = CLOCK_NS_PER_S / 8,
	};
	struct stress s = {0};
	struct flow_filter *filter;
	struct topk *topk;
	char message[128];
	struct err e;
	pthread_t writer;
	unsigned enough = QUERIES;
	bool right;
	size_t at;

	if (argc > 1)
		enough = (unsigned)strtoul(argv[1], NULL, 10);
	s.table = flow_table_open(&config, &e);
	topk = topk_open(FLOWS, &e);
	filter = flow_filter_parse("proto:tcp bytes:>200 !state:reset", NULL,
				   message, sizeof(message), &at);
	if (!s.table || !topk || !filter)
		abort();
	if (pthread_create(&writer, NULL, writer_main, &s) != 0)
		abort();
	right = query_all(&s, topk, filter, enough);
	atom_store_release_u32(&s.done, 1);
	pthread_join(writer, NULL);
	flow_filter_free(filter);
	topk_close(topk);
	flow_table_close(s.table);
	return right ? EXIT_OK : 1;
}
