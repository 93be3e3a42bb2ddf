/*
 * engine.h: threads and lifetimes. An engine opens the sources, starts a
 * thread for each (a patient source with one worker is read by the worker
 * itself), decodes into one flow table per worker, and keeps the account.
 */
#ifndef RAWTOP_ENGINE_ENGINE_H
#define RAWTOP_ENGINE_ENGINE_H

#include "base/err.h"
#include "engine/command.h"
#include "engine/snapshot.h"
#include "flow/table.h"
#include "port/sources.h"
#include "priv/priv.h"

#include <stdbool.h>
#include <stdint.h>

#define ENGINE_SOURCES_MAX 64
#define ENGINE_IFACES_MAX  32
#define ENGINE_PROTOS_MAX  255

enum engine_vantage {
	ENGINE_HOST = 1,
	ENGINE_WIRE = 2,
	ENGINE_BOTH = 3,
};

struct engine_config {
	enum engine_vantage vantage;
	const char *ifaces[ENGINE_IFACES_MAX];
	unsigned iface_count; /* 0: all */
	uint8_t protos[ENGINE_PROTOS_MAX];
	unsigned proto_count;
	const char *file; /* -r: its path, or NULL */
	int file_fd;	  /* from source_file_descriptor; the engine owns it */
	const struct source_made_config *made; /* or NULL */
	struct port_filter *filter; /* or NULL; the engine holds it */
	uint32_t max_flows;	    /* over all workers */
	uint32_t snaplen;
	unsigned workers; /* 1 … BLOCK_WORKERS_MAX */
	uint64_t idle_timeout_ns;
	uint64_t active_timeout_ns;
	uint64_t closed_linger_ns;
	/* Called on a thread of the engine's own with each flow record, in
	 * order of their making per worker; NULL: no records. False: the sink
	 * has failed, the engine stops and tells *e. */
	bool (*record)(void *context, const struct flow *flow, struct err *e);
	void *record_context;
};

struct engine;

/*
 * Opens the sources and starts. A source that cannot open is told in
 * snapshot.events and the others go on; NULL with *e set when none opened.
 * `priv` is borrowed; NULL for files and made traffic.
 */
struct engine *engine_start(const struct engine_config *config,
			    struct priv *priv, struct err *e);

/* True when every source has ended or failed (files do, live ones rarely). */
bool engine_finished(const struct engine *g);

/*
 * Stops: sources stop taking, what was taken is decoded, every flow ends as
 * `forced` with its record, threads are joined. The snapshot can still be
 * read. Idempotent.
 */
void engine_stop(struct engine *g);

/* Is the configuration's interface of this number there, be it renamed? */
bool engine_iface_there(const struct engine *g, unsigned number);

/* Has a source or the record sink failed? Then *e is the first failure. */
bool engine_failed(const struct engine *g, struct err *e);

void engine_free(struct engine *g);

#endif
