#include "engine/inside.h"

/* The worker that owns the flow an ICMP error quotes; `own` if it quotes
 * none. */
static uint8_t steer_quoted(const struct engine *g, const struct view *v,
			    uint8_t own)
{
	struct flow_facts facts;
	struct view quoted;

	if (!view_decode_quoted(&quoted, v) ||
	    !flow_facts_read_quoted(&facts, &quoted))
		return own;
	return (uint8_t)flow_key_worker(&facts.key, g->secret, g->worker_count);
}

void steer_block(const struct engine *g, struct block *b,
		 uint32_t per_worker[BLOCK_WORKERS_MAX])
{
	struct flow_facts facts;
	struct view v;

	for (uint32_t i = 0; i < b->count; i++) {
		struct packet *p = &b->packets[i];

		p->worker = 0;
		p->quoted_worker = 0;
		if (flow_facts_read_common(&facts, p)) {
			p->worker = (uint8_t)flow_key_worker(
				&facts.key, g->secret, g->worker_count);
			p->quoted_worker = p->worker;
			per_worker[p->worker]++;
			continue;
		}
		view_decode(&v, p->data, p->caplen, p->len, p->link);
		if (flow_facts_read(&facts, p, &v)) {
			p->worker = (uint8_t)flow_key_worker(
				&facts.key, g->secret, g->worker_count);
			p->quoted_worker = steer_quoted(g, &v, p->worker);
		}
		per_worker[p->worker]++;
		if (p->quoted_worker != p->worker)
			per_worker[p->quoted_worker]++;
	}
}
