/*
 * fake_world.h: a world of made-up flows, so that screens are tested without
 * an engine. The same seed and step give the same flows.
 */
#ifndef RAWTOP_TESTS_FAKE_WORLD_H
#define RAWTOP_TESTS_FAKE_WORLD_H

#include "ui/world.h"

/* 2025-03-04T12:00:00Z */
#define FAKE_START_NS UINT64_C(1741089600000000000)

struct fake_world {
	struct flow *flow;	   /* owned */
	const struct flow **order; /* owned; scratch */
	uint32_t count;
	uint32_t max;
	uint64_t now_ns;
	uint64_t next_id;
	bool still;		  /* take() does not move time */
	const char *source_label; /* of the second source; NULL: its own */
	uint64_t evicted;	  /* flows, by a full table */
	bool finished;		  /* the file has been read */
	bool lossy; /* sources have lost packets, and other troubles */
	unsigned takes, row_asks; /* how often the screen asked */
	uint32_t most_rows;	  /* the most rows asked for at once */
	char filter[256];
	char slow_filter[256]; /* begun, and not done until slow_done */
	bool slow_done;
};

/* `count` flows of at most `max`. */
bool fake_open(struct fake_world *f, uint32_t count, uint32_t max);
void fake_close(struct fake_world *f);

struct ui_world fake_world(struct fake_world *f);

/* Moves time on: rates change, packets come. */
void fake_advance(struct fake_world *f, uint64_t ns);

/* Adds a flow of the made-up kind number `kind` (any number); its id. */
uint64_t fake_add(struct fake_world *f, unsigned kind);

/* The flow leaves the table. */
void fake_remove(struct fake_world *f, uint64_t id);

struct flow *fake_find(struct fake_world *f, uint64_t id);

#endif
