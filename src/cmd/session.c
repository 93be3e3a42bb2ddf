#include "cmd/session.h"

#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/nearest.h"
#include "port/filter_desk.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Terminal, files, pipes, what libraries open for a moment. */
#define SESSION_SPARE_DESCRIPTORS 24

/* How long one looks for a compiled expression before one looks whether the
 * user is still there; and after how many looks one says what is waited for. */
#define SESSION_FILTER_WAIT_MS	   20
#define SESSION_FILTER_QUIET_WAITS 25

static void iface_add_remedy(const char *name, struct err *e)
{
	struct if_nameindex *all = if_nameindex();
	char buf[256];
	struct nearest near;
	struct text t;

	if (all == NULL)
		return;
	nearest_start(&near, name);
	text_init(&t, buf, sizeof(buf));
	for (struct if_nameindex *i = all; i->if_index != 0; i++) {
		nearest_offer(&near, i->if_name);
		text_printf(&t, "%s%s", t.len > 0 ? ", " : "", i->if_name);
	}
	if (near.name != NULL)
		err_remedy(e, "the nearest is %s; there are %s", near.name,
			   buf);
	else
		err_remedy(e, "there are %s", buf);
	if_freenameindex(all);
}

static bool session_check_ifaces(const struct engine_config *c, struct err *e)
{
	for (unsigned i = 0; i < c->iface_count; i++) {
		if (if_nametoindex(c->ifaces[i]) != 0)
			continue;
		err_set(e, EXIT_USAGE, "no interface is called %s",
			c->ifaces[i]);
		iface_add_remedy(c->ifaces[i], e);
		return false;
	}
	return true;
}

/* Waits for the expression, and says so when it takes long. */
static bool session_await_filter(struct session *s, struct filter_desk *desk,
				 bool (*stopped)(void), struct err *e)
{
	enum filter_desk_state state = FILTER_DESK_BUSY;
	char told[96];

	for (unsigned waits = 0; state == FILTER_DESK_BUSY; waits++) {
		if (stopped != NULL && stopped())
			return err_set(e, EXIT_USAGE,
				       "interrupted while the filter "
				       "expression was compiled");
		if (waits == SESSION_FILTER_QUIET_WAITS) {
			snprintf(told, sizeof(told),
				 "compiling the filter expression, with its "
				 "host names, %d s at most ...",
				 FILTER_DESK_TIMEOUT_S);
			cmd_warn(told);
		}
		state = filter_desk_ask(desk, SESSION_FILTER_WAIT_MS,
					&s->filter, e);
	}
	return state == FILTER_DESK_DONE;
}

static bool session_compile_filter(struct session *s, const struct options *o,
				   bool (*stopped)(void), struct err *e)
{
	const char *x = o->expression;
	struct filter_desk *desk;
	bool compiled;

	if (x[0] == '\0')
		return true;
	desk = filter_desk_open(port_filter_open,
				FILTER_DESK_TIMEOUT_S * CLOCK_NS_PER_S, e);
	if (desk == NULL)
		return false;
	compiled = filter_desk_begin(desk, x, e) &&
		   session_await_filter(s, desk, stopped, e);
	filter_desk_close(desk);
	if (!compiled && strchr(x, ' ') == NULL)
		err_remedy(e, "if a command was meant: rawtop --help lists "
			      "them");
	return compiled;
}

/*
 * Live sources hold a socket per protocol and family, and one per worker and
 * interface; running out in the middle would look like interfaces that are
 * gone. So room is made first, or its lack said.
 */
static bool session_check_descriptors(const struct engine_config *c,
				      struct err *e)
{
	unsigned ifaces = c->iface_count > 0 ? c->iface_count : 1;
	rlim_t needed = SESSION_SPARE_DESCRIPTORS + 2 * c->proto_count +
			ifaces * c->workers;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return err_system(
			e, EXIT_USAGE,
			"cannot ask how many descriptors may be open");
	if (limit.rlim_cur >= needed)
		return true;
	if (limit.rlim_max >= needed) {
		limit.rlim_cur = needed;
		if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
			return true;
	}
	err_set(e, EXIT_USAGE,
		"only %llu descriptors may be open, and %llu are needed",
		(unsigned long long)limit.rlim_max, (unsigned long long)needed);
	err_remedy(e, "ulimit -n 1024; or fewer protocols by -p");
	return false;
}

/* A file is opened with the privilege there is and read with none. */
static bool session_open_file(struct engine_config *c, struct err *e)
{
	uid_t effective = geteuid();

	if (c->file == NULL)
		return true;
	/* screen_prepare may have kept standard input elsewhere. */
	if (c->file_fd > 0)
		return true;
	/* Where the program is setuid, the file is the caller's to open. */
	if (seteuid(getuid()) != 0)
		return err_system(e, EXIT_USAGE, "cannot act as the caller");
	c->file_fd = source_file_descriptor(c->file, e);
	if (seteuid(effective) != 0)
		return err_system(e, EXIT_USAGE, "cannot act as before");
	return c->file_fd >= 0;
}

bool session_open(struct session *s, struct options *o, bool (*stopped)(void),
		  struct err *e)
{
	s->priv = NULL;
	s->engine = NULL;
	s->filter = NULL;
	s->events_told = 0;
	if (options_live(o)) {
		if (!session_check_descriptors(&o->engine, e))
			return false;
		s->priv = priv_start(e);
		if (s->priv == NULL)
			return false;
	} else if (!session_open_file(&o->engine, e) || !priv_give_up(e)) {
		return false;
	}
	return session_check_ifaces(&o->engine, e) &&
	       session_compile_filter(s, o, stopped, e);
}

bool session_start(struct session *s, struct options *o, struct err *e)
{
	o->engine.filter = s->filter;
	s->engine = engine_start(&o->engine, s->priv, e);
	if (s->engine == NULL)
		return false;
	session_tell_events(s);
	return true;
}

void session_tell_events(struct session *s)
{
	struct snapshot_event events[SNAPSHOT_EVENTS_MAX];
	unsigned n = snapshot_events(s->engine, &s->events_told, events);

	for (unsigned i = 0; i < n; i++)
		cmd_warn(events[i].text);
}

void session_end(struct session *s)
{
	if (s->engine != NULL)
		engine_free(s->engine);
	port_filter_release(s->filter);
	if (s->priv != NULL)
		priv_stop(s->priv);
	s->engine = NULL;
	s->priv = NULL;
	s->filter = NULL;
}
