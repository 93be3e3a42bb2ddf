#include "flow/topk_select.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Items of which ranks first … end-1 are wanted, at a level. */
struct job {
	struct topk_item *items;
	uint32_t count;
	uint32_t first, end;
	unsigned level;
};

struct selection {
	const struct topk_levels *levels;
	struct topk_item *spare; /* NULL once it is in use */
	struct topk_item *out;
	uint32_t out_count;
	struct job jobs[2]; /* a window has two boundaries */
	unsigned job_count;
};

struct topk_span topk_span_find(const uint32_t bins[TOPK_BINS], uint32_t first,
				uint32_t end)
{
	struct topk_span span = {0};
	uint32_t before = 0;

	assert(first < end);
	while (before + bins[span.low] <= first)
		before += bins[span.low++];
	span.skip = first - before;
	span.high = span.low;
	while (before + bins[span.high] < end)
		before += bins[span.high++];
	span.take = end - before;
	return span;
}

static void emit(struct selection *s, const struct topk_item *items,
		 uint32_t count)
{
	memcpy(s->out + s->out_count, items, count * sizeof(*items));
	s->out_count += count;
}

/*
 * Bins are finest at one end: at the one that the window is nearer to, where
 * there may be a crowd of equal keys (a million flows at rest).
 */
struct scale {
	uint64_t least, greatest;
	bool mirrored;
};

static inline unsigned scale_bin(const struct scale *s, uint64_t key)
{
	return s->mirrored ? TOPK_BINS - 1 - topk_bin(s->greatest - key)
			   : topk_bin(key - s->least);
}

static struct scale scale_make(const struct job *j)
{
	uint64_t low = UINT64_MAX, high = 0;

	for (uint32_t i = 0; i < j->count; i++) {
		uint64_t key = j->items[i].key;

		low = key < low ? key : low;
		high = key > high ? key : high;
	}
	return (struct scale){low, high, j->first > j->count / 2};
}

/* All keys are equal: the next level decides, or the order they stand in. */
static void job_deepen(struct selection *s, struct job *j)
{
	j->level++;
	if (j->level < s->levels->count) {
		for (uint32_t i = 0; i < j->count; i++)
			j->items[i].key = s->levels->key(
				s->levels->context, &j->items[i], j->level);
		return;
	}
	emit(s, j->items + j->first, j->end - j->first);
	j->count = 0;
}

/*
 * Keeps of the job what lies in bins that a boundary of the window cuts, and
 * emits what lies between. Where two bins are cut, the second's items go to
 * the spare memory as a job of their own. That happens once: from then on each
 * job has one boundary.
 */
static void job_part(struct selection *s, struct job *j,
		     const struct scale *scale, const struct topk_span *span,
		     bool low_cut, bool high_cut)
{
	bool both = low_cut && high_cut;
	unsigned keep = low_cut ? span->low : span->high;
	struct job aside = {s->spare, 0, 0, span->take, j->level};
	uint32_t kept = 0;

	assert(!both || s->spare);
	for (uint32_t i = 0; i < j->count; i++) {
		struct topk_item item = j->items[i];
		unsigned bin = scale_bin(scale, item.key);

		if (bin < span->low || bin > span->high)
			continue;
		if (bin == keep && (low_cut || high_cut))
			j->items[kept++] = item;
		else if (both && bin == span->high)
			aside.items[aside.count++] = item;
		else
			s->out[s->out_count++] = item;
	}
	j->count = kept;
	j->first = low_cut ? span->skip : 0;
	j->end = low_cut ? kept : span->take;
	if (both) {
		s->jobs[s->job_count++] = aside;
		s->spare = NULL;
	}
}

/* One round: the job shrinks, deepens or ends. */
static void job_step(struct selection *s, struct job *j)
{
	uint32_t bins[TOPK_BINS] = {0};
	struct topk_span span;
	struct scale scale;

	if (j->first == 0 && j->end == j->count) {
		emit(s, j->items, j->count);
		j->count = 0;
		return;
	}
	scale = scale_make(j);
	if (scale.least == scale.greatest) {
		job_deepen(s, j);
		return;
	}
	for (uint32_t i = 0; i < j->count; i++)
		bins[scale_bin(&scale, j->items[i].key)]++;
	span = topk_span_find(bins, j->first, j->end);
	if (span.low == span.high) {
		/* Both boundaries in one bin: that alone goes on. */
		job_part(s, j, &scale, &span, true, false);
		j->first = span.skip;
		j->end = span.take;
		return;
	}
	job_part(s, j, &scale, &span, span.skip > 0,
		 span.take < bins[span.high]);
}

uint32_t topk_select(struct topk_item *items, struct topk_item *spare,
		     uint32_t count, uint32_t first, uint32_t rows,
		     const struct topk_levels *levels, struct topk_item *out)
{
	struct selection s = {.levels = levels, .spare = spare, .out = out};

	if (first >= count || rows == 0)
		return 0;
	if (rows > count - first)
		rows = count - first;
	s.jobs[s.job_count++] =
		(struct job){items, count, first, first + rows, 0};
	for (unsigned i = 0; i < s.job_count; i++) {
		while (s.jobs[i].count > 0)
			job_step(&s, &s.jobs[i]);
	}
	assert(s.out_count == rows);
	return rows;
}
