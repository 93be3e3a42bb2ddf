/*
 * session.h: an engine with its privileged helper, as watch, flows and the
 * lab start and end them.
 */
#ifndef RAWTOP_CMD_SESSION_H
#define RAWTOP_CMD_SESSION_H

#include "cmd/options.h"

struct session {
	struct priv *priv;	    /* NULL for files and made traffic */
	struct engine *engine;	    /* NULL until session_start */
	struct port_filter *filter; /* the expression, compiled; or NULL */
	uint64_t events_told;	    /* for session_tell_events */
};

/*
 * Gives up this process's privilege before anything from outside is read: for
 * live sources after forking the privileged helper, for a file after opening
 * it; then checks interface names and compiles the expression, which waits a
 * few seconds at most for the host names in it, and says so. `stopped` (or
 * NULL) tells meanwhile that the user will not wait. False with *e set;
 * session_end cleans up.
 */
bool session_open(struct session *s, struct options *o, bool (*stopped)(void),
		  struct err *e);

/* Starts the engine and prints what its sources could not open. */
bool session_start(struct session *s, struct options *o, struct err *e);

/* Warns of the engine's events since the last call, on standard error. */
void session_tell_events(struct session *s);

/* Stops engine and helper. What session_open and session_start left undone is
 * skipped. */
void session_end(struct session *s);

#endif
