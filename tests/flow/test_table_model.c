/*
 * Random traffic through the flow table, against a table that is so simple
 * that it must be right: a list that is searched from its beginning. And the
 * law: each packet ends in exactly one count, and in exactly one record.
 */
#include "table_help.h"

#include "flow/tcp.h"

#include <criterion/criterion.h>

#define MODEL_FLOWS_MAX 2000
#define MODEL_NOTES_MAX 1024

struct model_flow {
	struct flow_key key;
	struct flow flow; /* sides by direction of the key */
	uint8_t sent[2];
	uint32_t base[2];
	bool base_known[2];
	unsigned initiator;
	uint64_t over_order; /* when it was over; 0: it is not */
	uint64_t seen;	     /* the stamp of the last packet */
	uint64_t serial;
	bool alive;
};

struct model_note {
	uint64_t serial; /* of the flow */
	uint32_t id;
	uint8_t proto;
	uint8_t from[16];
	uint8_t to[16];
	uint64_t time_ns;
	bool used;
};

/* The clock, whose stamps follow what passes. */
struct model_clock {
	uint64_t now_ns;
	uint64_t stamp_end_ns;
	uint64_t stamps;
	uint64_t back_ns;
	uint64_t far_ns;
	uint64_t far_flow[3]; /* serial */
	unsigned far_count;
	bool far_ahead;
	bool jumped; /* ahead: those flows were seen now */
};

struct model {
	struct flow_table_config config;
	struct model_clock clock;
	struct model_flow flows[MODEL_FLOWS_MAX];
	struct model_note notes[MODEL_NOTES_MAX];
	uint32_t live;
	uint64_t over_count;
	uint64_t serial;
	struct help_drawer drawer;
};

#define MODEL_STAMP_NS (HELP_S / 16)
#define MODEL_NEAR_NS  (300 * HELP_S)

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The clock comes to a time, and time passes until then, or it does not. */
static void clock_to(struct model_clock *c, uint64_t time_ns, bool passes)
{
	uint64_t end_ns = (time_ns / MODEL_STAMP_NS + 1) * MODEL_STAMP_NS;

	if (passes)
		c->stamps += (end_ns - c->stamp_end_ns) / MODEL_STAMP_NS;
	c->now_ns = time_ns;
	c->stamp_end_ns = end_ns;
}

static void clock_jump(struct model_clock *c)
{
	uint64_t apart_ns = apart(c->far_ns, c->now_ns), back_ns = c->back_ns;
	bool again = back_ns && apart(apart_ns, back_ns) <= MODEL_NEAR_NS;

	c->far_count = 0;
	c->back_ns = c->far_ahead ? 0 : apart_ns;
	c->jumped = c->far_ahead && !again;
	clock_to(c, c->far_ns, c->jumped);
}

/* A packet comes; is it near the clock, then? */
static bool clock_follow(struct model_clock *c, uint64_t time_ns)
{
	bool ahead = time_ns > c->now_ns;

	if (c->now_ns == 0)
		clock_to(c, time_ns, false);
	if (apart(time_ns, c->now_ns) <= MODEL_NEAR_NS) {
		if (time_ns > c->now_ns)
			clock_to(c, time_ns, true);
		c->far_count = 0;
		return true;
	}
	if (c->far_count > 0 && c->far_ahead != ahead)
		c->far_count = 0;
	if (c->far_count++ == 0 || time_ns > c->far_ns)
		c->far_ns = time_ns;
	c->far_ahead = ahead;
	c->far_flow[c->far_count - 1] = 0;
	if (c->far_count == 3)
		clock_jump(c);
	return apart(time_ns, c->now_ns) <= MODEL_NEAR_NS;
}

static uint64_t model_last(const struct model_flow *m)
{
	uint64_t a = m->flow.side[0].last_ns, b = m->flow.side[1].last_ns;

	return a > b ? a : b;
}

static bool model_over(const struct model_flow *m)
{
	return m->key.proto == HELP_TCP &&
	       tcp_state_over(tcp_state(m->sent[0], m->sent[1]));
}

static void model_record(struct model *x, struct model_flow *m,
			 enum flow_end end)
{
	struct flow f = m->flow;
	uint64_t a, b;

	f.side[0] = m->flow.side[m->initiator];
	f.side[1] = m->flow.side[!m->initiator];
	a = f.side[0].first_ns;
	b = f.side[1].first_ns;
	f.first_ns = a == 0 || (b != 0 && b < a) ? b : a;
	f.last_ns = model_last(m);
	f.state = (uint8_t)(m->key.proto == HELP_TCP
				    ? tcp_state(m->sent[0], m->sent[1])
				    : FLOW_ACTIVE);
	f.end = (uint8_t)end;
	help_keep(&x->drawer, &f);
}

static void model_end(struct model *x, struct model_flow *m, enum flow_end end)
{
	model_record(x, m, end);
	m->alive = false;
	x->live--;
}

static struct model_flow *model_find(struct model *x,
				     const struct flow_key *key)
{
	for (unsigned i = 0; i < MODEL_FLOWS_MAX; i++)
		if (x->flows[i].alive &&
		    memcmp(&x->flows[i].key, key, sizeof(*key)) == 0)
			return &x->flows[i];
	return NULL;
}

static struct model_flow *model_find_serial(struct model *x, uint64_t serial)
{
	for (unsigned i = 0; i < MODEL_FLOWS_MAX; i++)
		if (x->flows[i].alive && x->flows[i].serial == serial)
			return &x->flows[i];
	return NULL;
}

/* The connection that was over first, else the flow that spoke longest ago. */
static void model_evict(struct model *x)
{
	struct model_flow *best = NULL;

	for (unsigned i = 0; i < MODEL_FLOWS_MAX; i++) {
		struct model_flow *m = &x->flows[i];

		if (!m->alive)
			continue;
		if (!best || (m->over_order != 0 && best->over_order == 0))
			best = m;
		else if (m->over_order != 0 || best->over_order != 0)
			best = m->over_order != 0 &&
					       m->over_order < best->over_order
				       ? m
				       : best;
		else if (model_last(m) < model_last(best))
			best = m;
	}
	cr_assert(best);
	model_end(x, best, FLOW_END_EVICTED);
}

static struct model_flow *model_add(struct model *x, const struct flow_facts *f)
{
	struct model_flow *m = x->flows;

	if (x->live == x->config.max_flows)
		model_evict(x);
	while (m->alive)
		m++;
	cr_assert(m < x->flows + MODEL_FLOWS_MAX);
	memset(m, 0, sizeof(*m));
	m->alive = true;
	m->serial = ++x->serial;
	m->key = f->key;
	m->initiator = f->direction;
	if (f->key.proto == HELP_TCP && f->transport_known &&
	    (f->tcp_flags & TCP_FLAG_SYN) && (f->tcp_flags & TCP_FLAG_ACK))
		m->initiator = !m->initiator;
	m->flow.version = f->key.version;
	m->flow.proto = f->key.proto;
	m->flow.vlan = f->vlan;
	for (unsigned s = 0; s < 2; s++) {
		memcpy(m->flow.side[s].addr, f->key.addr[s], 16);
		m->flow.side[s].port = f->key.port[s];
	}
	x->live++;
	return m;
}

static void model_tcp(struct model *x, struct model_flow *m,
		      const struct flow_facts *f)
{
	unsigned s = f->direction;
	bool syn = (f->tcp_flags & TCP_FLAG_SYN) != 0;
	bool ack = (f->tcp_flags & TCP_FLAG_ACK) != 0;
	bool was_over = model_over(m);
	uint64_t last_ns = m->flow.side[s].last_ns;
	bool late = f->time_ns < last_ns && last_ns <= x->clock.now_ns;

	if (!m->base_known[s] || (syn && ack))
		m->base[s] = syn ? f->seq : f->seq - 1;
	if (ack && !m->base_known[!s]) {
		m->base[!s] = f->ack - 1;
		m->base_known[!s] = true;
	}
	m->base_known[s] = true;
	if (was_over && tcp_flags_open(f->tcp_flags) && !late) {
		m->sent[0] = m->sent[1] = 0;
		m->over_order = 0;
		was_over = false;
	}
	m->sent[s] = tcp_sent_add(m->sent[s], f->tcp_flags);
	if (!was_over && model_over(m))
		m->over_order = ++x->over_count;
}

static void model_credit(struct model *x, struct model_flow *m,
			 const struct flow_facts *f)
{
	struct flow_side *side = &m->flow.side[f->direction];

	side->packets++;
	side->bytes += f->bytes;
	side->frame_bytes += f->frame_bytes;
	side->fragments += f->fragment == VIEW_FRAGMENT_LATER;
	if (side->first_ns == 0 || f->time_ns < side->first_ns)
		side->first_ns = f->time_ns;
	if (f->time_ns > side->last_ns)
		side->last_ns = f->time_ns;
	m->seen = x->clock.stamps;
	side->iface = f->iface;
	side->ttl = f->ttl;
	side->tos = f->tos;
	side->ip_id = f->ip_id;
	side->tcp_flags |= f->tcp_flags;
	if (!f->transport_known)
		return;
	side->seq = f->seq;
	side->ack = f->ack;
	side->window = f->window;
	if (f->key.proto == HELP_TCP)
		model_tcp(x, m, f);
}

static struct model_note *model_note(struct model *x,
				     const struct flow_facts *f)
{
	const uint8_t *from = f->key.addr[f->direction];
	const uint8_t *to = f->key.addr[!f->direction];
	struct model_note *note = x->notes, *oldest = x->notes;

	for (; note < x->notes + MODEL_NOTES_MAX; note++) {
		if (note->used && note->id == f->fragment_id &&
		    note->proto == f->key.proto &&
		    memcmp(note->from, from, 16) == 0 &&
		    memcmp(note->to, to, 16) == 0)
			return note;
		if (note->time_ns < oldest->time_ns)
			oldest = note;
	}
	if (f->fragment == VIEW_FRAGMENT_LATER)
		return NULL;
	oldest->used = false;
	return oldest;
}

/* The active timeout, whose time is looked at sixteen times a second. */
static void model_cut(struct model *x, struct model_flow *m, uint64_t now_ns)
{
	uint64_t a = m->flow.side[0].first_ns, b = m->flow.side[1].first_ns;
	uint64_t first_ns = a == 0 || (b != 0 && b < a) ? b : a;

	if (x->config.active_timeout_ns == 0 || m->seen == x->clock.stamps ||
	    now_ns < first_ns ||
	    now_ns - first_ns < x->config.active_timeout_ns)
		return;
	model_record(x, m, FLOW_END_ACTIVE);
	for (unsigned s = 0; s < 2; s++) {
		struct flow_side *side = &m->flow.side[s];

		side->packets = side->bytes = side->frame_bytes = 0;
		side->fragments = side->first_ns = side->last_ns = 0;
		side->tcp_flags = 0;
	}
}

/* Why a flow is over that was idle for so long, if it is. */
static enum flow_end model_end_of_idle(const struct model *x,
				       const struct model_flow *m,
				       uint64_t idle_ns)
{
	if (m->over_order != 0)
		return idle_ns > x->config.closed_linger_ns ? FLOW_END_CLOSED
							    : FLOW_END_NONE;
	return x->config.idle_timeout_ns != 0 &&
			       idle_ns > x->config.idle_timeout_ns
		       ? FLOW_END_IDLE
		       : FLOW_END_NONE;
}

/*
 * Why a flow is over by the clock: as much has passed, and its own times say so
 * too, where they are of this clock.
 */
static enum flow_end model_expired(const struct model *x,
				   const struct model_flow *m)
{
	uint64_t stamps = x->clock.stamps - m->seen, last_ns = model_last(m);
	uint64_t least_ns = stamps > 0 ? (stamps - 1) * MODEL_STAMP_NS : 0;
	uint64_t most_ns = (stamps + 1) * MODEL_STAMP_NS;
	uint64_t idle_ns =
		x->clock.now_ns > last_ns ? x->clock.now_ns - last_ns : 0;

	if (idle_ns < least_ns)
		idle_ns = least_ns;
	return model_end_of_idle(x, m, idle_ns < most_ns ? idle_ns : most_ns);
}

/* The same before a packet: far from the clock its own time says it, too. */
static enum flow_end model_expired_before(const struct model *x,
					  const struct model_flow *m,
					  uint64_t time_ns, bool near)
{
	uint64_t last_ns = model_last(m);
	enum flow_end end = model_expired(x, m);

	if (end == FLOW_END_NONE && !near && time_ns > last_ns)
		end = model_end_of_idle(x, m, time_ns - last_ns);
	return end;
}

/* The flow that a packet goes on with, or NULL. */
static struct model_flow *model_continue(struct model *x,
					 const struct flow_facts *f,
					 struct model_flow *m, bool near)
{
	enum flow_end end = model_expired_before(x, m, f->time_ns, near);

	if (end == FLOW_END_NONE && f->key.proto == HELP_TCP &&
	    f->transport_known && tcp_flags_open(f->tcp_flags) &&
	    tcp_syn_is_new(m->base_known[f->direction], m->base[f->direction],
			   f->seq))
		end = FLOW_END_CLOSED;
	if (end == FLOW_END_NONE) {
		model_cut(x, m, near ? f->time_ns : x->clock.now_ns);
		return m;
	}
	model_end(x, m, end);
	return NULL;
}

static void model_jump(struct model *x)
{
	for (unsigned i = 0; x->clock.jumped && i < 3; i++) {
		struct model_flow *m =
			model_find_serial(x, x->clock.far_flow[i]);

		uint64_t last_ns = m ? model_last(m) : UINT64_MAX, ago_ns = 0;

		if (last_ns < x->clock.now_ns)
			ago_ns = x->clock.now_ns - last_ns;
		if (m && ago_ns <= MODEL_NEAR_NS)
			m->seen = x->clock.stamps - ago_ns / MODEL_STAMP_NS;
	}
	x->clock.jumped = false;
}

static void model_put(struct model *x, struct flow_facts f)
{
	struct model_flow *m = NULL;
	struct model_note *note = NULL;
	bool near = clock_follow(&x->clock, f.time_ns);

	model_jump(x);
	if (f.fragment != VIEW_WHOLE)
		note = model_note(x, &f);
	if (f.fragment == VIEW_FRAGMENT_LATER && note &&
	    apart(f.time_ns, note->time_ns) <= 30 * HELP_S)
		m = model_find_serial(x, note->serial);
	if (m && model_expired_before(x, m, f.time_ns, near) != FLOW_END_NONE)
		m = NULL;
	if (!m)
		m = model_find(x, &f.key);
	if (m)
		m = model_continue(x, &f, m, near);
	if (!m)
		m = model_add(x, &f);
	model_credit(x, m, &f);
	if (!near && x->clock.far_count > 0)
		x->clock.far_flow[x->clock.far_count - 1] = m->serial;
	if (f.fragment == VIEW_FRAGMENT_FIRST) {
		memcpy(note->from, f.key.addr[f.direction], 16);
		memcpy(note->to, f.key.addr[!f.direction], 16);
		note->used = true;
		note->serial = m->serial;
		note->id = f.fragment_id;
		note->proto = f.key.proto;
		note->time_ns = f.time_ns;
	}
}

static void model_end_all(struct model *x)
{
	if (x->clock.far_count > 0 && x->clock.far_ahead)
		clock_jump(&x->clock);
	model_jump(x);
	for (unsigned i = 0; i < MODEL_FLOWS_MAX; i++) {
		struct model_flow *m = &x->flows[i];
		enum flow_end end;

		if (!m->alive)
			continue;
		end = model_expired(x, m);
		model_end(x, m, end != FLOW_END_NONE ? end : FLOW_END_FORCED);
	}
}

/* A packet out of a small world, so that flows meet again and again. */
static struct flow_facts random_facts(uint64_t *state, unsigned hosts,
				      uint64_t time_ns)
{
	static const uint8_t flags[] = {TCP_FLAG_SYN,
					TCP_FLAG_SYN | TCP_FLAG_ACK,
					TCP_FLAG_ACK,
					TCP_FLAG_ACK,
					TCP_FLAG_ACK | TCP_FLAG_PSH,
					TCP_FLAG_FIN | TCP_FLAG_ACK,
					TCP_FLAG_RST};
	uint64_t r = help_random(state);
	uint32_t from = (uint32_t)(r % hosts);
	uint32_t to = hosts + (uint32_t)(r >> 8) % 2;
	uint8_t proto = r >> 16 & 1 ? HELP_TCP : HELP_UDP;
	uint16_t port = (uint16_t)(1000 + (r >> 17) % 3);
	bool back = (r >> 20) % 3 == 0;
	uint8_t version = r >> 22 & 1 ? 4 : 6;
	struct flow_facts f =
		back ? help_facts(version, proto, to, 80, from, port, time_ns)
		     : help_facts(version, proto, from, port, to, 80, time_ns);

	f.bytes = 40 + (uint32_t)(r >> 24) % 1460;
	f.frame_bytes = f.bytes + (r >> 35 & 1 ? 14 : 46);
	f.ttl = (uint8_t)(r >> 36);
	f.tos = (uint8_t)(r >> 40);
	f.iface = r >> 44 & 3;
	if (version == 4)
		f.ip_id = (uint16_t)(r >> 46);
	r = help_random(state);
	if (r % 8 == 0) {
		f.fragment =
			r >> 3 & 1 ? VIEW_FRAGMENT_FIRST : VIEW_FRAGMENT_LATER;
		f.fragment_id = r >> 4 & 3;
	}
	if (f.fragment == VIEW_FRAGMENT_LATER) {
		f.key.port[0] = f.key.port[1] = 0;
		f.ports_known = f.transport_known = false;
	} else if (proto == HELP_TCP) {
		f.tcp_flags = flags[(r >> 8) % sizeof(flags)];
		f.seq = 100 + (uint32_t)(r >> 16) % 3;
		f.ack = 200 + (uint32_t)(r >> 20) % 3;
		f.window = (uint16_t)(r >> 24);
	}
	return f;
}

static int record_order(const void *pa, const void *pb)
{
	const struct flow *a = pa, *b = pb;
	int order;

	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	order = memcmp(a->side[0].addr, b->side[0].addr, 16);
	return order != 0 ? order : (int)a->side[0].port - b->side[0].port;
}

/* Puts records into an order, without what the model does not keep. */
static void records_prepare(struct help_drawer *d)
{
	for (size_t i = 0; i < d->count; i++) {
		d->flows[i].id = 0;
		d->flows[i].side[0].rate_bits = 0;
		d->flows[i].side[1].rate_bits = 0;
	}
	qsort(d->flows, d->count, sizeof(d->flows[0]), record_order);
}

static void record_tell(const struct flow *a, const struct flow *b, size_t i)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
	size_t at = 0;

	while (x[at] == y[at])
		at++;
	cr_assert(false,
		  "record %zu differs at byte %zu: end %u %u, state %u %u,"
		  " packets %lu/%lu %lu/%lu, first %lu %lu, last %lu %lu",
		  i, at, a->end, b->end, a->state, b->state, a->side[0].packets,
		  a->side[1].packets, b->side[0].packets, b->side[1].packets,
		  a->first_ns, b->first_ns, a->last_ns, b->last_ns);
}

static void records_compare(struct help_drawer *table,
			    struct help_drawer *model)
{
	records_prepare(table);
	records_prepare(model);
	for (size_t i = 0; i < table->count && i < model->count; i++) {
		const struct flow *a = &table->flows[i];
		const struct flow *b = &model->flows[i];

		if (memcmp(a, b, sizeof(*a)) != 0)
			record_tell(a, b, i);
	}
	cr_assert_eq(table->count, model->count, "%zu records, %zu",
		     table->count, model->count);
}

struct model_run {
	uint64_t seed;
	uint32_t packets;
	unsigned hosts;
	uint64_t step_ns; /* mean time between packets */
	unsigned wild;	  /* in a thousand: packets with any time */
	unsigned jumps;	  /* in a thousand: jumps of all times from then on */
};

/* The time of the next packet. */
static uint64_t next_time(const struct model_run *run, uint64_t *state,
			  uint64_t *now_ns)
{
	static const uint64_t spans[] = {3600 * HELP_S, 86400 * HELP_S,
					 315360000 * HELP_S};
	uint64_t r = help_random(state) % 1000, far_ns;

	*now_ns += 1 + help_random(state) % (2 * run->step_ns);
	if (r >= run->wild + run->jumps)
		return *now_ns;
	far_ns = help_random(state);
	far_ns %= spans[(far_ns >> 60) % 3];
	far_ns = help_random(state) & 1 ? *now_ns + far_ns : *now_ns - far_ns;
	if (r >= run->wild)
		*now_ns = far_ns > HELP_T0 / 2 ? far_ns : HELP_T0;
	return far_ns;
}

static void model_compare(struct flow_table_config config,
			  const struct model_run *run)
{
	struct help_drawer drawer = {NULL, 0, 0};
	struct model *x = calloc(1, sizeof(*x));
	uint64_t state = run->seed, now_ns = HELP_T0;
	struct flow_facts batch[FLOW_BATCH_MAX];
	struct flow_table *t;
	unsigned count = 0;

	cr_assert(x);
	config.ended = help_keep;
	config.context = &drawer;
	t = help_open(&config);
	x->config = config;
	for (uint32_t i = 0; i < run->packets; i++) {
		uint64_t time_ns = run->wild + run->jumps > 0
					   ? next_time(run, &state, &now_ns)
					   : 0;

		if (time_ns == 0)
			time_ns = now_ns +=
				1 + help_random(&state) % (2 * run->step_ns);
		batch[count] = random_facts(&state, run->hosts, time_ns);
		model_put(x, batch[count++]);
		if (count == 1 + help_random(&state) % FLOW_BATCH_MAX ||
		    count == FLOW_BATCH_MAX) {
			flow_table_put(t, batch, count);
			cr_assert_leq(help_counts(t).live, x->live);
			count = 0;
		}
	}
	flow_table_put(t, batch, count);
	flow_table_end_all(t, FLOW_END_FORCED);
	model_end_all(x);
	cr_assert_eq(help_counts(t).wire_packets, run->packets);
	cr_assert_eq(help_counts(t).live, 0);
	cr_assert_gt(drawer.count, 100);
	records_compare(&drawer, &x->drawer);
	flow_table_close(t);
	free(x->drawer.flows);
	free(drawer.flows);
	free(x);
}

Test(model, flows_end_by_their_times_as_in_the_model)
{
	struct flow_table_config config = help_config(MODEL_FLOWS_MAX, NULL);

	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct model_run run = {
			.seed = seed,
			.packets = 20000,
			.hosts = 3,
			.step_ns = seed * HELP_S / 2,
		};

		model_compare(config, &run);
	}
}

Test(model, long_flows_are_cut_as_in_the_model)
{
	struct flow_table_config config = help_config(MODEL_FLOWS_MAX, NULL);

	config.active_timeout_ns = 15 * HELP_S;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct model_run run = {
			.seed = seed,
			.packets = 20000,
			.hosts = 2,
			.step_ns = seed * HELP_S / 40,
		};

		model_compare(config, &run);
	}
}

Test(model, flows_end_as_in_the_model_where_times_jump)
{
	struct flow_table_config config = help_config(MODEL_FLOWS_MAX, NULL);

	for (uint64_t seed = 1; seed <= 12; seed++) {
		struct model_run run = {
			.seed = seed,
			.packets = 20000,
			.hosts = 3,
			.step_ns = seed * HELP_S / 4,
			.wild = seed % 3 == 0 ? 0 : 1u << seed % 8,
			.jumps = (unsigned)seed % 3,
		};

		config.active_timeout_ns = seed % 2 ? 15 * HELP_S : 0;
		model_compare(config, &run);
	}
}

Test(model, a_full_table_evicts_as_the_model_does)
{
	struct flow_table_config config = help_config(1, NULL);

	config.idle_timeout_ns = 0;
	config.closed_linger_ns = UINT64_MAX;
	for (uint32_t max = 1; max <= 64; max = max * 2 + max % 3) {
		struct model_run run = {
			.seed = max,
			.packets = 8000,
			.hosts = 12,
			.step_ns = HELP_S / 10,
		};

		config.max_flows = max;
		model_compare(config, &run);
	}
}

/* What the records of a run say in sum. */
struct law_sum {
	uint64_t wire, host, copies, bytes, fragments;
};

static void law_add(void *context, const struct flow *flow)
{
	struct law_sum *sum = context;

	for (unsigned s = 0; s < 2; s++) {
		const struct flow_side *side = &flow->side[s];

		sum->wire += side->packets;
		sum->host += side->host_packets;
		sum->copies += side->copies;
		sum->bytes += side->bytes;
		sum->fragments += side->fragments;
		cr_assert_leq(side->refused, side->packets);
		cr_assert_leq(side->first_ns, side->last_ns);
	}
}

static void law_run(struct flow_table_config config, uint64_t seed)
{
	static const uint8_t kinds[] = {
		HELP_OFFLINE,
		HELP_OFFLINE,
		PACKET_CLASS_HOST,
		PACKET_CLASS_HOST | PACKET_FLAG_HOST_VANTAGE,
		PACKET_CLASS_HOST | PACKET_FLAG_HOST_VANTAGE,
		PACKET_CLASS_OUTGOING,
		PACKET_CLASS_HOST | PACKET_FLAG_COPY,
		PACKET_CLASS_MULTICAST};
	struct law_sum sum = {0, 0, 0, 0, 0};
	struct flow_local_addr local = {.version = 4};
	uint64_t state = seed, now_ns = HELP_T0, put = 0, copies_alone;
	struct flow_table_counts c;
	struct flow_table *t;

	config.ended = law_add;
	config.context = &sum;
	t = help_open(&config);
	help_address(local.addr, 4, 20);
	flow_table_set_local(t, &local, 1);
	for (uint32_t i = 0; i < 3000; i++) {
		struct flow_facts batch[FLOW_BATCH_MAX];
		unsigned count = 1 + help_random(&state) % FLOW_BATCH_MAX;

		for (unsigned k = 0; k < count; k++) {
			uint64_t r = help_random(&state);

			now_ns += r % (HELP_S / 50);
			if (r >> 40 == 7)
				now_ns += 100 * HELP_S;
			batch[k] = random_facts(&state, 20, now_ns);
			/* Some come late, some very late, some without. */
			if (r >> 32 & 1)
				batch[k].time_ns -= r >> 33 & 0xfffff;
			if ((r >> 50) % 100 == 0)
				batch[k].time_ns = HELP_T0 / 2;
			if ((r >> 50) % 100 == 1)
				batch[k].time_ns = 0;
			batch[k].packet_flags =
				kinds[(r >> 58) % sizeof(kinds)];
		}
		put += count;
		flow_table_put(t, batch, count);
		if (i % 10 == 0)
			flow_table_tick(t, now_ns);
		if (i % 500 == 0)
			flow_table_note_loss(t, now_ns);
		c = help_counts(t);
		cr_assert_eq(put, c.wire_packets + c.host_packets + c.copies +
					  c.no_room);
		cr_assert_eq(c.live + c.idle + c.closed + c.evicted + c.forced,
			     c.added);
		cr_assert_leq(c.live, config.max_flows);
	}
	flow_table_end_all(t, FLOW_END_FORCED);
	c = help_counts(t);
	cr_assert_eq(sum.wire, c.wire_packets);
	cr_assert_eq(sum.host, c.host_packets);
	cr_assert_eq(sum.bytes, c.bytes);
	cr_assert_geq(c.copies, sum.copies);
	copies_alone = c.copies - sum.copies;
	cr_assert_lt(copies_alone, put / 8, "copies of flows that are gone");
	cr_assert_gt(sum.fragments, 0);
	cr_assert_eq(c.live, 0);
	flow_table_close(t);
}

Test(law, every_packet_is_counted_once_and_is_in_one_record)
{
	static const uint32_t sizes[] = {1, 3, 50, 100, 5000};

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct flow_table_config config = help_config(sizes[i], NULL);

		config.idle_timeout_ns = 20 * HELP_S;
		config.verdicts = i % 2 == 0;
		config.active_timeout_ns = i % 3 == 0 ? 30 * HELP_S : 0;
		law_run(config, 77 + i);
	}
}
