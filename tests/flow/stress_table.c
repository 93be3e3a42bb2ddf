/*
 * stress_table.c: readers against the writer of a flow table. Every packet of
 * a flow makes its words hang together (bytes are 100 a packet, the sequence
 * number is the number of packets, times follow it …), so a reader that sees a
 * torn entry can tell. A plain program: ThreadSanitizer runs it in
 * stress_table.sh. Usage: stress_table [BATCHES]
 */
#include "table_help.h"

#include "base/atom.h"

#include <pthread.h>
#include <stdio.h>

#define STRESS_READERS 2
#define STRESS_FLOWS   300
#define STRESS_MAX     200 /* fewer than there are: entries change hands */

struct stress {
	struct flow_table *table;
	atom_u32 done;
	atom_u64 reads;
	atom_u64 torn;
};

/* What a whole copy of a flow must satisfy. */
static bool stress_is_whole(const struct flow *f)
{
	unsigned server;

	for (unsigned s = 0; s < 2; s++) {
		const struct flow_side *side = &f->side[s];

		if (side->bytes != side->packets * 100 ||
		    side->frame_bytes != side->packets * 114)
			return false;
		if (side->host_bytes != side->host_packets * 100)
			return false;
		if (side->packets == 0)
			continue;
		if (side->seq != (uint32_t)side->last_ns ||
		    side->ack != ~side->seq)
			return false;
		if (side->window != (uint16_t)side->seq ||
		    side->ttl != (uint8_t)side->seq ||
		    side->tos != (uint8_t)(side->seq >> 8))
			return false;
	}
	/* Either end may have spoken first. */
	server = f->side[0].port >= 1000;
	return f->version == 4 && f->side[!server].addr[3] == 1 &&
	       f->side[server].port == f->side[server].addr[3] + 7u;
}

static void *stress_read(void *context)
{
	struct stress *x = context;
	uint64_t reads = 0, torn = 0;

	while (!atom_load_acquire_u32(&x->done)) {
		uint32_t extent = flow_table_extent(x->table);
		struct flow_table_counts counts;
		struct flow f, g;

		for (uint32_t i = 0; i < extent; i++) {
			(void)flow_table_rate_bytes(x->table, i);
			if (!flow_table_read(x->table, i, &f))
				continue;
			reads++;
			torn += !stress_is_whole(&f);
			if (flow_table_read_id(x->table, f.id, &g))
				torn += g.side[0].packets < f.side[0].packets ||
					g.side[0].port != f.side[0].port;
		}
		flow_table_read_counts(x->table, &counts);
	}
	atom_store_relaxed_u64(&x->reads, reads);
	atom_store_relaxed_u64(&x->torn, torn);
	return NULL;
}

static struct flow_facts stress_facts(uint64_t *state, uint64_t time_ns)
{
	uint64_t r = help_random(state);
	uint32_t flow = (uint32_t)(r % STRESS_FLOWS);
	uint16_t port = (uint16_t)(1000 + flow);
	uint8_t host = (uint8_t)(flow % 5 + 50);
	struct flow_facts f =
		help_facts(4, HELP_UDP, 1, port, host, host + 7, time_ns);

	if (r >> 40 & 1)
		f.direction = !f.direction;
	f.seq = (uint32_t)time_ns;
	f.ack = ~f.seq;
	f.window = (uint16_t)f.seq;
	f.ttl = (uint8_t)f.seq;
	f.tos = (uint8_t)(f.seq >> 8);
	f.packet_flags = PACKET_CLASS_HOST;
	if ((r >> 41) % 4 == 0)
		f.packet_flags |= PACKET_FLAG_HOST_VANTAGE;
	return f;
}

static void stress_write(struct stress *x, uint32_t batches)
{
	struct flow_facts batch[FLOW_BATCH_MAX];
	uint64_t state = 1, now_ns = HELP_T0;

	for (uint32_t i = 0; i < batches; i++) {
		for (unsigned k = 0; k < FLOW_BATCH_MAX; k++) {
			now_ns += 50000;
			batch[k] = stress_facts(&state, now_ns);
		}
		flow_table_put(x->table, batch, FLOW_BATCH_MAX);
		if (i % 16 == 0)
			flow_table_tick(x->table, now_ns);
	}
}

int main(int argc, char *argv[])
{
	uint32_t batches = argc > 1 ? (uint32_t)atol(argv[1]) : 20000;
	struct flow_table_config config = help_config(STRESS_MAX, NULL);
	struct flow_local_addr local = {.version = 4};
	pthread_t thread[STRESS_READERS];
	struct stress x[STRESS_READERS];
	struct flow_table *t;
	uint64_t reads = 0, torn = 0;

	config.verdicts = true;
	config.idle_timeout_ns = HELP_S;
	t = help_open(&config);
	help_address(local.addr, 4, 50);
	flow_table_set_local(t, &local, 1);
	memset(x, 0, sizeof(x));
	for (unsigned i = 0; i < STRESS_READERS; i++) {
		x[i].table = t;
		if (pthread_create(&thread[i], NULL, stress_read, &x[i]) != 0)
			return EXIT_FAILURE;
	}
	stress_write(&x[0], batches);
	for (unsigned i = 0; i < STRESS_READERS; i++) {
		atom_store_release_u32(&x[i].done, 1);
		pthread_join(thread[i], NULL);
		reads += atom_load_relaxed_u64(&x[i].reads);
		torn += atom_load_relaxed_u64(&x[i].torn);
	}
	flow_table_close(t);
	printf("%llu entries read, %llu torn\n", (unsigned long long)reads,
	       (unsigned long long)torn);
	if (reads == 0 || torn != 0)
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
