/*
 * snapshot.h: what the screen reads: the account, the sources' health, and
 * the visible rows only, found without stopping the decoder.
 */
#ifndef RAWTOP_ENGINE_SNAPSHOT_H
#define RAWTOP_ENGINE_SNAPSHOT_H

#include "flow/columns.h"
#include "flow/filter.h"
#include "flow/flow.h"
#include "flow/table.h"
#include "flow/topk.h"
#include "wire/view.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;

#define SNAPSHOT_SOURCES_MAX 64
#define SNAPSHOT_EVENTS_MAX  32
#define SNAPSHOT_EVENT_SIZE  240

/* One source, as view 6 shows it. */
struct snapshot_source {
	char label[64];
	char note[160];
	char problem[SNAPSHOT_EVENT_SIZE]; /* why it failed, or "" */
	bool up;
	bool was_up; /* now or earlier in the run */
	bool running;
	uint8_t filter_place; /* 0 none, 1 kernel, 2 user space */
	uint32_t ring_fill;   /* blocks waiting for workers */
	uint32_t ring_size;
#define SOURCE_COUNT(name, label, help) uint64_t name;
#include "port/source_counts.def"
#undef SOURCE_COUNT
};

/* The account of the decoders; `decoded` is the sum of the next lines. */
struct snapshot_account {
#define ACCOUNT(name, label, help) uint64_t name;
#include "engine/account.def"
#undef ACCOUNT
	uint64_t stops[PROTO_COUNT][VIEW_STOP_COUNT]; /* by layer and reason */
};

struct snapshot_event {
	uint64_t time_ns;
	char text[SNAPSHOT_EVENT_SIZE]; /* safe to show */
};

struct snapshot {
	uint64_t now_ns; /* the engine's clock: the file's for files */
	bool live;	 /* false: a file or made traffic */
	bool finished;
	bool helper_alive;     /* the privileged one; true when not needed */
	bool host_shed;	       /* the host vantage is being shed now */
	uint32_t local_excess; /* our addresses that get no refused verdict:
				  there are more than FLOW_LOCAL_MAX */
	uint64_t rate_bits;    /* both directions, last whole second */
	uint64_t rate_packets;
	uint64_t flow_capacity;
	uint64_t table_memory_bytes;
	double decoder_load; /* busy share of the busiest worker, 0 … 1 */
	struct flow_table_counts flows;
	uint64_t records_made; /* flow records for the sink … */
	uint64_t records_lost; /* … of which it was too slow to take these */
	struct snapshot_account account;
	struct snapshot_source sources[SNAPSHOT_SOURCES_MAX];
	unsigned source_count;
	struct snapshot_event events[SNAPSHOT_EVENTS_MAX]; /* newest last */
	unsigned event_count;
	char filter[256]; /* the BPF expression in force */
};

/* Fills everything but rows. The main thread only. */
void snapshot_take(struct engine *g, struct snapshot *s);

/*
 * The visible rows of the flow list: see topk_find. query->now_ns is filled
 * in from the engine's clock. Returns the number of rows in out.
 */
uint32_t snapshot_rows(struct engine *g, struct topk_query *query,
		       struct flow *out, uint64_t *matching);

/* The engine's clock: real time, or the latest packet's for files. */
uint64_t snapshot_now_ns(const struct engine *g);

/*
 * The events noted since `*since` were (0 at first), oldest first, at most
 * SNAPSHOT_EVENTS_MAX of them in out; moves *since on. Returns how many.
 */
unsigned snapshot_events(struct engine *g, uint64_t *since,
			 struct snapshot_event out[SNAPSHOT_EVENTS_MAX]);

/* One flow by id; false when it has left the table. */
bool snapshot_flow(struct engine *g, uint64_t id, struct flow *flow);

/*
 * Prints the account as one JSON object with a newline (--stats-json), with
 * the names of the tables, and checks the law: `"balanced": true`.
 */
void snapshot_print_json(struct text *t, const struct snapshot *s);

/* The account for people, as the headless commands end with. */
void snapshot_print_text(struct text *t, const struct snapshot *s);

/* The accounting law, exact once the engine has stopped:
 * seen = delivered + drops for each source, delivered = decoded, and decoded
 * = its parts. */
bool snapshot_balanced(const struct snapshot *s);

#endif
