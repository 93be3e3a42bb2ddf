#include "flow/verdict.h"

static uint64_t verdict_excess(uint64_t eligible, uint64_t accepted)
{
	return eligible > accepted ? eligible - accepted : 0;
}

bool verdict_take_home(struct entry_verdict *v, unsigned side, uint8_t slot,
		       uint64_t time_ns)
{
	atom_u64 *w = v->word[side];
	uint64_t refused = entry_get(&w[VERDICT_REFUSED]);
	uint64_t mark_ns = entry_get(&w[VERDICT_MARK_NS]);
	uint8_t home = (uint8_t)(refused >> VERDICT_HOME_SHIFT);

	if (home == slot)
		return true;
	if (home != 0) {
		/* Behind a cut: the time runs from now on. */
		if (mark_ns == 0)
			entry_put(&w[VERDICT_MARK_NS], time_ns);
		if (mark_ns == 0 || time_ns < mark_ns + 2 * VERDICT_GRACE_NS)
			return false;
	}
	entry_put(&w[VERDICT_REFUSED],
		  (refused & ~VERDICT_HOME_MASK) |
			  (uint64_t)slot << VERDICT_HOME_SHIFT);
	return true;
}

void verdict_count_wire(struct entry_verdict *v, unsigned side,
			uint64_t time_ns)
{
	atom_u64 *w = v->word[side];
	uint64_t eligible = entry_get(&w[VERDICT_ELIGIBLE]) + 1;
	uint64_t mark_ns = entry_get(&w[VERDICT_MARK_NS]);
	uint64_t mark = entry_get(&w[VERDICT_MARK]);

	entry_put(&w[VERDICT_ELIGIBLE], eligible);
	/* All that the host has shown was on the wire before this one. What it
	 * has shown beyond that was never asked about, and pays for nothing. */
	if (entry_get(&w[VERDICT_ACCEPTED]) >= eligible &&
	    entry_get(&w[VERDICT_HOST_NS]) + VERDICT_SKEW_NS < time_ns)
		entry_put(&w[VERDICT_ACCEPTED], eligible - 1);
	if (mark_ns != 0 && time_ns < mark_ns + VERDICT_GRACE_NS)
		return;
	entry_put(&w[VERDICT_SETTLED], mark);
	entry_put(&w[VERDICT_REFUSED],
		  verdict_excess(mark, entry_get(&w[VERDICT_MARK_ACCEPTED])) |
			  (entry_get(&w[VERDICT_REFUSED]) & VERDICT_KEPT));
	entry_put(&w[VERDICT_MARK], eligible);
	entry_put(&w[VERDICT_MARK_ACCEPTED], entry_get(&w[VERDICT_ACCEPTED]));
	entry_put(&w[VERDICT_MARK_NS], time_ns);
}

void verdict_count_host(struct entry_verdict *v, unsigned side,
			uint64_t time_ns)
{
	atom_u64 *w = v->word[side];
	uint64_t mark_ns = entry_get(&w[VERDICT_MARK_NS]);

	entry_put(&w[VERDICT_ACCEPTED], entry_get(&w[VERDICT_ACCEPTED]) + 1);
	entry_put(&w[VERDICT_REFUSED],
		  entry_get(&w[VERDICT_REFUSED]) | VERDICT_SHOWN);
	if (time_ns > entry_get(&w[VERDICT_HOST_NS]))
		entry_put(&w[VERDICT_HOST_NS], time_ns);
	if (time_ns <= mark_ns + VERDICT_SKEW_NS)
		entry_put(&w[VERDICT_MARK_ACCEPTED],
			  entry_get(&w[VERDICT_MARK_ACCEPTED]) + 1);
}

/* How many datagrams are past their grace, and how many of them refused. */
static uint64_t verdict_settle(const uint64_t word[VERDICT_WORDS],
			       uint64_t last_ns, uint64_t now_ns,
			       uint64_t *refused)
{
	/* Nothing came for the grace time: all are settled. */
	if (now_ns >= last_ns + VERDICT_GRACE_NS) {
		*refused = verdict_excess(word[VERDICT_ELIGIBLE],
					  word[VERDICT_ACCEPTED]);
		return word[VERDICT_ELIGIBLE];
	}
	/* The mark is old enough, only no packet has come to move it. */
	if (word[VERDICT_MARK_NS] != 0 &&
	    now_ns >= word[VERDICT_MARK_NS] + VERDICT_GRACE_NS) {
		*refused = verdict_excess(word[VERDICT_MARK],
					  word[VERDICT_MARK_ACCEPTED]);
		return word[VERDICT_MARK];
	}
	*refused = word[VERDICT_REFUSED] & ~VERDICT_KEPT;
	return word[VERDICT_SETTLED];
}

void verdict_end_silence(struct entry_verdict *v, unsigned side,
			 uint64_t last_ns)
{
	atom_u64 *w = v->word[side];

	entry_put(&w[VERDICT_MARK], entry_get(&w[VERDICT_ELIGIBLE]));
	entry_put(&w[VERDICT_MARK_ACCEPTED], entry_get(&w[VERDICT_ACCEPTED]));
	entry_put(&w[VERDICT_MARK_NS], last_ns);
}

bool verdict_is_owed(const struct entry_verdict *v, unsigned side,
		     uint64_t last_ns, uint64_t now_ns)
{
	uint64_t word[VERDICT_WORDS], refused;

	for (unsigned i = 0; i < VERDICT_WORDS; i++)
		word[i] = entry_get(&v->word[side][i]);
	(void)verdict_settle(word, last_ns, now_ns, &refused);
	return verdict_excess(word[VERDICT_ELIGIBLE], word[VERDICT_ACCEPTED]) >
	       refused;
}

void verdict_cut(struct entry_verdict *v, unsigned side, uint64_t last_ns,
		 uint64_t now_ns)
{
	atom_u64 *w = v->word[side];
	uint64_t word[VERDICT_WORDS], refused, settled, accepted;

	for (unsigned i = 0; i < VERDICT_WORDS; i++)
		word[i] = entry_get(&w[i]);
	settled = verdict_settle(word, last_ns, now_ns, &refused);
	accepted = settled - refused;
	if (accepted > word[VERDICT_ACCEPTED])
		accepted = word[VERDICT_ACCEPTED];
	/* What is left has its grace anew, from the next packet on. */
	entry_put(&w[VERDICT_ELIGIBLE], word[VERDICT_ELIGIBLE] - settled);
	entry_put(&w[VERDICT_ACCEPTED], word[VERDICT_ACCEPTED] - accepted);
	entry_put(&w[VERDICT_MARK], 0);
	entry_put(&w[VERDICT_MARK_ACCEPTED], 0);
	entry_put(&w[VERDICT_MARK_NS], 0);
	entry_put(&w[VERDICT_SETTLED], 0);
	entry_put(&w[VERDICT_REFUSED], word[VERDICT_REFUSED] & VERDICT_KEPT);
}

struct verdict_ruling verdict_rule(const uint64_t word[VERDICT_WORDS],
				   uint64_t last_ns, uint64_t now_ns,
				   bool lossy)
{
	struct verdict_ruling r = {FLOW_VERDICT_NONE, 0};
	uint64_t refused, settled;

	if (word[VERDICT_ELIGIBLE] == 0)
		return r;
	settled = verdict_settle(word, last_ns, now_ns, &refused);
	if (settled == 0)
		r.verdict = FLOW_VERDICT_WAITING;
	else if (lossy)
		r.verdict = FLOW_VERDICT_UNSURE;
	else if (refused == 0)
		r.verdict = FLOW_VERDICT_ACCEPTED;
	else if ((word[VERDICT_REFUSED] & VERDICT_FLAGS) == VERDICT_REDIRECTED)
		r.verdict = FLOW_VERDICT_REDIRECTED;
	else
		r.verdict = FLOW_VERDICT_REFUSED;
	if (r.verdict == FLOW_VERDICT_REFUSED)
		r.refused = refused;
	return r;
}
