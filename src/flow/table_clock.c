/*
 * table_clock.c: what time it is. Packets tell it, and any of them may lie: a
 * time stamp may be wild, a file may hold two captures one behind the other,
 * and the system's own clock is set back now and then.
 *
 * A time close to the clock moves it ahead. One far from it is not believed
 * until some packets in a row have been as far on the same side. Live, the
 * ticks say what time it is, and are believed at once.
 *
 * Stamps and rate windows count on: they follow what passes, not what the
 * clock shows. So a clock that steps back changes no entry's age, turns no
 * window back under a reader (P1 to P3), and needs no pass over the entries.
 */
#include "flow/table_inner.h"

/* Live: how far packets may be ahead of the last tick. And how far behind the
 * clock a tick may be before it is a step back. */
#define CLOCK_LIVE_NS CLOCK_NS_PER_S
/* The highest time that the clock shows: no sum with it runs over. */
#define CLOCK_MAX_NS (UINT64_MAX / 2)
/* A day: no jump ahead needs to be longer, but for longer timeouts. */
#define CLOCK_GAP_STAMPS ((uint32_t)(24 * 60 * 60) << TABLE_STAMP_SHIFT)

static uint64_t clock_apart_ns(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void clock_show(struct flow_table *t)
{
	uint32_t stamp = (uint32_t)t->stamps & PULSE_STAMP_MASK;

	t->stamp = stamp != 0 ? stamp : 1;
	t->window = t->stamp >> TABLE_STAMP_SHIFT;
	atom_store_relaxed_u64(&t->now_shown, t->now_ns);
	atom_store_relaxed_u32(&t->window_shown, t->window); /* P1 */
}

/* The first window is number 2, so that an entry never looks older than the
 * table. It begins with a whole second. */
static void clock_start(struct flow_table *t, uint64_t now_ns)
{
	t->now_ns = now_ns;
	t->stamp_end_ns = (now_ns / TABLE_STAMP_NS + 1) * TABLE_STAMP_NS;
	t->stamps = (2 << TABLE_STAMP_SHIFT) +
		    now_ns % CLOCK_NS_PER_S / TABLE_STAMP_NS;
	clock_show(t);
}

/*
 * The most stamps that a gap counts. What is past any timeout need not grow
 * older, and a few long gaps must not bring stamps round to those of entries.
 */
static uint32_t clock_stamps_max(const struct flow_table *t)
{
	uint32_t most = CLOCK_GAP_STAMPS;

	if (most < t->idle_stamps)
		most = t->idle_stamps;
	if (most < t->linger_stamps)
		most = t->linger_stamps;
	return most < PULSE_STAMP_MASK / 2 ? most + 2 : PULSE_STAMP_MASK / 2;
}

/* Time passes. */
static void clock_pass(struct flow_table *t, uint64_t now_ns)
{
	uint64_t stamps, most;

	t->now_ns = now_ns;
	if (now_ns < t->stamp_end_ns)
		return;
	most = clock_stamps_max(t);
	stamps = (now_ns - t->stamp_end_ns) / TABLE_STAMP_NS + 1;
	t->stamp_end_ns += stamps * TABLE_STAMP_NS;
	t->stamps += stamps < most ? stamps : most;
	clock_show(t);
}

/* The clock is set, and no time passes: ages stay. What was noted by the old
 * time is as of now; verdicts that wait for it are not to be had. */
static void clock_set(struct flow_table *t, uint64_t now_ns)
{
	t->now_ns = now_ns;
	t->stamp_end_ns = (now_ns / TABLE_STAMP_NS + 1) * TABLE_STAMP_NS;
	t->sweep_next_ns = now_ns;
	table_host_forget(t);
	clock_show(t);
}

/* Packets that led the clock here were credited by its old stamp: their flows
 * were seen when they say. Which window they fell in is gone; P2. */
static void clock_touch(struct flow_table *t, uint32_t entry)
{
	struct table_pulse *p = &t->pulse[entry];
	uint64_t last_ns = table_last_ns(&t->hot[entry]);
	uint64_t ago_ns = t->now_ns > last_ns ? t->now_ns - last_ns : 0;
	uint32_t seen = entry_get_u32(&p->seen), stamp;

	if (seen == 0 || ago_ns > TABLE_NEAR_NS)
		return;
	stamp = (t->stamp - (uint32_t)(ago_ns / TABLE_STAMP_NS)) &
		PULSE_STAMP_MASK;
	for (unsigned i = 0; i < 4; i++)
		atom_store_release_u32(&p->bytes[i / 2][i % 2], 0);
	atom_store_release_u32(&p->seen,
			       (stamp != 0 ? stamp : 1) | (seen & PULSE_OVER));
}

/*
 * A jump, in either direction. One ahead by as much as the last one back is no
 * gap in the traffic: it is the return from a few wild stamps, or of the other
 * one of two clocks that take turns in one file.
 */
static void clock_jump(struct flow_table *t, uint64_t now_ns)
{
	uint64_t apart_ns = clock_apart_ns(now_ns, t->now_ns);
	uint64_t back_ns = t->back_ns;
	uint32_t far_count = t->far_count;

	t->far_count = 0;
	t->back_ns = 0;
	if (now_ns < t->now_ns) {
		t->back_ns = apart_ns;
		clock_set(t, now_ns);
	} else if (back_ns != 0 &&
		   clock_apart_ns(apart_ns, back_ns) <= TABLE_NEAR_NS) {
		clock_set(t, now_ns);
	} else {
		clock_pass(t, now_ns);
		for (uint32_t i = 0; i < far_count; i++)
			if (t->far_entry[i] != TABLE_NONE)
				clock_touch(t, t->far_entry[i]);
	}
}

static bool clock_is_near(const struct flow_table *t, uint64_t time_ns)
{
	if (time_ns > t->now_ns && t->tick_ns != 0)
		return time_ns <= t->tick_ns + CLOCK_LIVE_NS;
	return clock_apart_ns(time_ns, t->now_ns) <= TABLE_NEAR_NS;
}

/* One more packet that is far from the clock. */
static void clock_note_far(struct flow_table *t, uint64_t time_ns)
{
	bool ahead = time_ns > t->now_ns;

	if (t->far_count == 0 || ahead != t->far_ahead) {
		t->far_count = 0;
		t->far_ahead = ahead;
		t->far_ns = 0;
	}
	/* The highest, as the clock is always the highest time there was. */
	if (time_ns > t->far_ns)
		t->far_ns = time_ns;
	t->far_entry[t->far_count] = TABLE_NONE;
	if (++t->far_count == TABLE_FAR_PACKETS)
		clock_jump(t, t->far_ns);
}

bool table_clock_follow(struct flow_table *t, uint64_t time_ns)
{
	if (time_ns > CLOCK_MAX_NS)
		time_ns = CLOCK_MAX_NS;
	if (t->stamp_end_ns == 0)
		clock_start(t, time_ns);
	if (!clock_is_near(t, time_ns)) {
		if (!t->config.live)
			clock_note_far(t, time_ns);
		return clock_is_near(t, time_ns);
	}
	t->far_count = 0;
	if (time_ns > t->now_ns)
		clock_pass(t, time_ns);
	return true;
}

void table_clock_note_entry(struct flow_table *t, uint32_t entry)
{
	if (t->far_count > 0)
		t->far_entry[t->far_count - 1] = entry;
}

void table_clock_tick(struct flow_table *t, uint64_t now_ns)
{
	if (now_ns > CLOCK_MAX_NS)
		now_ns = CLOCK_MAX_NS;
	if (t->stamp_end_ns == 0 && now_ns != 0)
		clock_start(t, now_ns);
	if (!t->config.live) {
		if (now_ns > t->now_ns && clock_is_near(t, now_ns))
			clock_pass(t, now_ns);
		return;
	}
	t->tick_ns = now_ns;
	if (now_ns + CLOCK_LIVE_NS >= t->now_ns &&
	    (now_ns <= t->now_ns || now_ns - t->now_ns <= TABLE_NEAR_NS)) {
		if (now_ns > t->now_ns)
			clock_pass(t, now_ns);
		return;
	}
	clock_jump(t, now_ns);
	/* Times from before the jump settle no verdict. */
	atom_store_relaxed_u64(&t->loss_ns, now_ns);
}

void table_clock_finish(struct flow_table *t)
{
	if (t->far_count > 0 && t->far_ahead)
		clock_jump(t, t->far_ns);
}
