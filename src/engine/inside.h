/*
 * inside.h: what the files of the engine share among themselves.
 *
 * Threads: one per source (capture.c), one per worker (worker.c), one for
 * records (records.c), one keeper for slow chores (keeper.c). The main thread
 * starts, stops and takes snapshots. What crosses threads is a ring, an
 * atomic cell, or is guarded by engine.lock, which no hot path takes.
 */
#ifndef RAWTOP_ENGINE_INSIDE_H
#define RAWTOP_ENGINE_INSIDE_H

#include "base/atom.h"
#include "engine/blind.h"
#include "engine/engine.h"
#include "pipe/ring.h"
#include "port/filter_desk.h"

#include <pthread.h>

#define ENGINE_RECORD_BATCH   64
#define ENGINE_RECORD_BATCHES 64
/* How many changes of the filter a worker may not have noticed yet. */
#define ENGINE_CHANGES 8

/* What a worker tells the world after each block, all of it or nothing. */
struct worker_public {
	uint64_t decoded;
	uint64_t not_ip;
	uint64_t malformed;
	uint64_t now_ns;
	uint64_t busy_ns;
	uint64_t records_made;
	uint64_t records_lost;
	uint64_t rate_bytes; /* in the last whole second */
	uint64_t rate_packets;
	struct flow_table_counts flows;
};
#define WORKER_PUBLIC_WORDS (sizeof(struct worker_public) / sizeof(uint64_t))

/* A run of flow records on its way to the record thread. */
struct record_batch {
	unsigned count;
	struct flow flows[ENGINE_RECORD_BATCH];
};

struct engine_worker {
	struct engine *engine;
	unsigned number;
	pthread_t thread;
	bool started;
	struct flow_table *table;
	/* By source: the host vantage's block that waits for the wire. */
	struct block *held[ENGINE_SOURCES_MAX];

	/* The worker's own; published whole. */
	struct worker_public own;
	uint64_t second;       /* of the rate window now filling */
	uint64_t second_bytes; /* the counts when it began */
	uint64_t second_packets;
	uint64_t last_tick_ns;
	uint64_t packet_ns; /* of a file: time of the last packet of a block */
	uint32_t local_generation;
	uint32_t loss_generation;
	uint32_t filter_generation; /* the last one that `blind` knows of */
	struct blind blind;
	atom_u64 stops[PROTO_COUNT][VIEW_STOP_COUNT];

	/* The sequence lock of the published copy: W1 and W2 in worker.c. */
	atom_u32 sequence;
	atom_u64 shown[WORKER_PUBLIC_WORDS];

	/* Records: one batch being filled, rings to and from the writer. */
	struct record_batch *batch;
	struct ring records_full;
	struct ring records_empty;
	void *records_full_slots[ENGINE_RECORD_BATCHES];
	void *records_empty_slots[ENGINE_RECORD_BATCHES];
	struct record_batch *batches;
};

struct engine_source {
	struct engine *engine;
	struct source *source;
	unsigned number;
	pthread_t thread;
	bool started;
	bool host;		/* a host vantage: may be shed */
	uint32_t outstanding;	/* blocks with workers; its thread's own */
	uint32_t filter_seen;	/* generation of the filter tried last */
	uint64_t filter_due_ns; /* a host's: when to try it; 0: none waits */
	atom_u32 filter_done;	/* generation of the filter in force */
	bool shedding;
	atom_u32 running;		   /* 0 once it has ended or failed */
	atom_u32 was_up;		   /* at the start or later */
	char problem[SNAPSHOT_EVENT_SIZE]; /* under engine.lock */
	uint32_t ring_size;
	struct ring full[BLOCK_WORKERS_MAX];
	struct ring back[BLOCK_WORKERS_MAX];
	void **slots;
};

struct engine {
	struct engine_config config;
	struct priv *priv;
	bool live;
	bool inline_source; /* worker 0 reads the only, patient source */
	uint8_t secret[16];
	atom_u32 iface_known[ENGINE_IFACES_MAX]; /* their last index, or 0 */

	struct engine_source sources[ENGINE_SOURCES_MAX];
	unsigned source_count;
	uint8_t host_protos[ENGINE_PROTOS_MAX]; /* with a socket open */
	unsigned host_proto_count;
	struct engine_worker workers[BLOCK_WORKERS_MAX];
	unsigned worker_count;
	struct filter_desk *desk; /* the main thread's */
	struct flow_table *tables[BLOCK_WORKERS_MAX];
	struct topk *topk;

	uint64_t ready_ns;     /* real time when every source was open */
	atom_u64 stop_ns;      /* real time of the stop; 0 before it */
	atom_u32 stop_capture; /* sources: take no more */
	atom_u32 drain;	       /* workers: end when the rings are empty */
	atom_u32 stop_records; /* record thread: end when drained */
	atom_u32 shed;	       /* host sources: let go */
	atom_u32 filter_generation;
	/* By generation: real time when the change was ordered. */
	atom_u64 change_ns[ENGINE_CHANGES];
	atom_u32 local_generation;
	atom_u32 loss_generation;
	atom_u32 local_excess; /* addresses beyond FLOW_LOCAL_MAX */
	atom_u32 failed;

	pthread_t record_thread;
	bool record_started;
	pthread_t keeper_thread;
	bool keeper_started;
	bool stopped;
	uint64_t start_ns; /* monotonic */
	/* The keeper's, where it reads: too large for the main thread's stack,
	 * which does so before there is a keeper. */
	struct flow_local_addr local_fresh[FLOW_LOCAL_MAX];

	pthread_mutex_t lock;	    /* guards what stands below */
	struct port_filter *filter; /* in force; NULL: none */
	struct flow_local_addr local[FLOW_LOCAL_MAX];
	unsigned local_count;
	struct snapshot_event events[SNAPSHOT_EVENTS_MAX];
	unsigned event_count;
	uint64_t event_total; /* ever noted */
	struct err failure;
};

/* capture.c: the thread of a source, and one round of it for an inline one.
 * capture_round returns false when the source has ended or failed. */
void *capture_main(void *engine_source);
bool capture_apply_orders(struct engine_source *es);
void capture_take_back(struct engine_source *es);
void capture_note_end(struct engine_source *es, enum source_take how,
		      const struct err *e);

/* worker.c */
void *worker_main(void *engine_worker);
void worker_decode_block(struct engine_worker *w, const struct block *b);
/* Any thread: a consistent copy of what the worker last published. */
void worker_read_public(const struct engine_worker *w,
			struct worker_public *out);
void worker_publish(struct engine_worker *w);

/* steer.c: fills in packet.worker and quoted_worker; counts per worker. */
void steer_block(const struct engine *g, struct block *b,
		 uint32_t per_worker[BLOCK_WORKERS_MAX]);

/* records.c */
bool records_open(struct engine_worker *w, struct err *e);
void records_close(struct engine_worker *w);
void records_put(void *engine_worker, const struct flow *flow);
void records_flush(struct engine_worker *w);
void *records_main(void *engine);

/* keeper.c */
void *keeper_main(void *engine);
void keeper_refresh_local(struct engine *g);

/* Any thread: adds an event; the text is made safe to show. */
void engine_note_event(struct engine *g, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Any thread: keeps the first failure. */
void engine_note_failure(struct engine *g, const struct err *e);

#endif
