/*
 * flows.c: `rawtop flows`, the accounting without a terminal.
 */
#include "base/atom.h"
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/session.h"
#include "cmd/writer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLOWS_NAP_NS	   (20 * CLOCK_NS_PER_MS)
#define FLOWS_ACCOUNT_SIZE ((size_t)64 << 10)

/* Atomic: the thread that writes records asks too. */
static atom_u32 flows_interrupted;

static void flows_on_signal(int signal_number)
{
	(void)signal_number;
	atom_store_relaxed_u32(&flows_interrupted, 1);
}

static bool flows_is_interrupted(void)
{
	return atom_load_relaxed_u32(&flows_interrupted) != 0;
}

/* Somebody interrupts or the time (context, 0: none) is up. */
static bool flows_stop_asked(const void *end_ns)
{
	const uint64_t *end = end_ns;

	return flows_is_interrupted() ||
	       (*end != 0 && clock_monotonic_ns() >= *end);
}

/* What is told at the end: too large for the main thread's stack where that
 * is limited. */
struct flows_report {
	struct snapshot snapshot;
	char text[FLOWS_ACCOUNT_SIZE];
};

/* What the outputs of one run share. */
struct flows_out {
	int fd;	      /* records, or -1; the writer's once that is open */
	int stats_fd; /* the account, or -1 */
	uint64_t end_ns;
	struct writer_stop stop;
	struct writer *writer; /* or NULL */
	struct flows_report *report;
};

/*
 * The first signal ends cleanly; its handler goes with it, so that the second
 * ends at once. SIGINT is taken even where a shell that runs us in the
 * background has it ignored; nohup's SIGHUP is not.
 */
static void flows_watch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = flows_on_signal};
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	action.sa_flags = (int)SA_RESETHAND;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &before);
		if (numbers[i] != SIGHUP || before.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	/* A reader that goes away is an error of write, with its message; and
	 * so is a file that reaches the limit on its size. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* Until the input ends, the time is up, somebody interrupts or the output
 * fails. */
static void flows_wait(struct session *s, const struct flows_out *out,
		       const struct options *o)
{
	struct engine *g = s->engine;
	struct err e;

	while (!engine_finished(g) && !flows_stop_asked(&out->end_ns)) {
		if (out->writer != NULL &&
		    !writer_tick(out->writer, clock_monotonic_ns(), &e))
			break;
		if (!options_live(o) && engine_failed(g, &e))
			break;
		if (options_live(o))
			session_tell_events(s);
		clock_nap_ns(FLOWS_NAP_NS);
	}
}

/* The account: for people on standard error, as JSON if that was asked. */
static bool flows_tell_account(const struct flows_out *out,
			       const char *stats_path, struct err *e)
{
	struct flows_report *r = out->report;
	struct text t;

	text_init(&t, r->text, sizeof(r->text));
	snapshot_print_text(&t, &r->snapshot);
	fputs(r->text, stderr);
	if (out->stats_fd == -1)
		return true;
	text_clear(&t);
	snapshot_print_json(&t, &r->snapshot);
	return writer_write_all(out->stats_fd, stats_path, r->text, t.len,
				&out->stop, e);
}

/* Is this the wire of an interface that was up, and is no longer? */
static bool flows_went_down(const struct snapshot_source *s, const char *iface)
{
	char label[sizeof(s->label)];
	int n = snprintf(label, sizeof(label), "wire %s", iface);

	/* One of several workers has its number behind. */
	return strncmp(s->label, label, (size_t)n) == 0 &&
	       (s->label[n] == '\0' || s->label[n] == ' ') && s->was_up &&
	       !s->up;
}

/* Is every named interface there at the end, and as it was? One that was down
 * from the start on is so on purpose: that was said when it began. */
static bool flows_check_ifaces(const struct engine *g,
			       const struct engine_config *c,
			       const struct snapshot *snapshot, struct err *e)
{
	for (unsigned i = 0; i < c->iface_count; i++) {
		const char *name = c->ifaces[i];

		if (!engine_iface_there(g, i))
			return err_set(e, EXIT_INPUT,
				       "interface %s is gone: what came on it "
				       "after that is not in the account",
				       name);
		for (unsigned j = 0; j < snapshot->source_count; j++)
			if (flows_went_down(&snapshot->sources[j], name))
				return err_set(e, EXIT_INPUT,
					       "interface %s is down at the "
					       "end",
					       name);
	}
	return true;
}

/*
 * Closes the records' output, and counts as lost whatever it did not take: the
 * engine knows only of the records that it could not pass on. False with *e
 * when there are any.
 */
static bool flows_end_records(struct flows_out *out, struct err *e)
{
	struct snapshot *snapshot = &out->report->snapshot;
	uint64_t written;
	bool good;

	if (out->writer == NULL)
		return true;
	good = writer_close(out->writer, &written, e);
	out->writer = NULL;
	snapshot->records_lost = snapshot->records_made - written;
	if (!good || snapshot->records_lost == 0)
		return good;
	err_set(e, EXIT_OUTPUT,
		"%" PRIu64 " of %" PRIu64
		" flow records are lost: the output was too slow for them",
		snapshot->records_lost, snapshot->records_made);
	err_remedy(e, "write to a file instead of a pipe, or cut fewer "
		      "records: a longer --active-timeout and "
		      "--idle-timeout, a narrower EXPRESSION");
	return false;
}

/* The input is refused from its first bytes on: its account is one of nothing,
 * with the reason, as it is where a pipe ends there. */
static int flows_fail_start(struct flows_out *out, const struct options *o,
			    const struct err *e)
{
	struct snapshot *snapshot = &out->report->snapshot;
	struct snapshot_source *source = &snapshot->sources[0];
	const char *file = o->engine.file;
	struct err output_error;
	struct text t;

	memset(snapshot, 0, sizeof(*snapshot));
	flows_end_records(out, &output_error);
	if (file != NULL) {
		const char *slash = strrchr(file, '/');

		snapshot->source_count = 1;
		snprintf(source->label, sizeof(source->label), "file %.50s",
			 slash != NULL ? slash + 1 : file);
		text_init(&t, source->problem, sizeof(source->problem));
		text_put(&t, e->text);
		if (!flows_tell_account(out, o->stats_path, &output_error))
			cmd_fail(&output_error);
	}
	return cmd_fail(e);
}

/* Runs to the end with the outputs open; the first failure is the result. */
static int flows_run(struct session *s, struct options *o,
		     struct flows_out *out)
{
	struct err e, input_error, output_error;
	bool told, input_good, output_good;
	struct snapshot *snapshot = &out->report->snapshot;

	if (out->writer != NULL) {
		o->engine.record = writer_put;
		o->engine.record_context = out->writer;
	}
	if (o->duration_ns != 0)
		out->end_ns = clock_monotonic_ns() + o->duration_ns;
	if (!session_start(s, o, &e))
		return flows_fail_start(out, o, &e);
	flows_wait(s, out, o);
	engine_stop(s->engine);
	snapshot_take(s->engine, snapshot);
	output_good = flows_end_records(out, &output_error);
	input_good = !engine_failed(s->engine, &input_error) &&
		     flows_check_ifaces(s->engine, &o->engine, snapshot,
					&input_error);
	told = flows_tell_account(out, o->stats_path, &e);
	/* A sink that failed also stops the engine: say it once. */
	if (!output_good)
		return cmd_fail(&output_error);
	if (!told)
		return cmd_fail(&e);
	return input_good ? EXIT_OK : cmd_fail(&input_error);
}

/* Nothing that is read, or written otherwise, may be overwritten. */
static bool flows_check_output(const struct options *o, int fd,
			       const char *path, struct err *e)
{
	if (fd == -1 || o->engine.file == NULL ||
	    !writer_same_file(fd, o->engine.file_fd))
		return true;
	return err_set(e, EXIT_USAGE, "%s would overwrite its own input",
		       strcmp(path, "-") == 0 ? "standard output" : path);
}

/* Opens the outputs, which is done without privilege, and empties them only
 * when nothing speaks against it. */
static bool flows_open_outputs(struct flows_out *out, const struct options *o,
			       struct err *e)
{
	if (o->output != OUTPUT_NONE) {
		out->fd = writer_open_path(o->output_path, e);
		if (out->fd == -1)
			return false;
	}
	if (o->stats_path != NULL) {
		out->stats_fd = writer_open_path(o->stats_path, e);
		if (out->stats_fd == -1)
			return false;
	}
	if (!flows_check_output(o, out->fd, o->output_path, e) ||
	    !flows_check_output(o, out->stats_fd, o->stats_path, e))
		return false;
	if (out->fd != -1 && out->stats_fd != -1 &&
	    writer_same_file(out->fd, out->stats_fd))
		return err_set(e, EXIT_USAGE,
			       "records and account would overwrite each other "
			       "in one file (give one of them another)");
	return (out->fd == -1 || writer_empty(out->fd, o->output_path, e)) &&
	       (out->stats_fd == -1 ||
		writer_empty(out->stats_fd, o->stats_path, e));
}

static int flows_with_outputs(struct session *s, struct options *o)
{
	struct flows_out out = {.fd = -1, .stats_fd = -1};
	struct err e;
	bool open;
	int status;

	out.stop = (struct writer_stop){flows_stop_asked, &out.end_ns};
	out.report = malloc(sizeof(*out.report));
	open = out.report != NULL ? flows_open_outputs(&out, o, &e)
				  : err_system(&e, EXIT_USAGE,
					       "no memory for the account");
	if (open && out.fd != -1) {
		out.writer = writer_open(o->output, out.fd, o->output_path,
					 &out.stop, &e);
		open = out.writer != NULL;
		out.fd = -1;
	}
	status = open ? flows_run(s, o, &out) : cmd_fail(&e);
	if (out.fd != -1)
		close(out.fd);
	if (out.stats_fd != -1 && close(out.stats_fd) == -1 &&
	    status == EXIT_OK) {
		err_system(&e, EXIT_OUTPUT, "cannot write %s", o->stats_path);
		status = cmd_fail(&e);
	}
	free(out.report);
	return status;
}

int cmd_flows(struct options *o)
{
	struct session s;
	struct err e;
	int status;

	flows_watch_signals();
	status = session_open(&s, o, flows_is_interrupted, &e)
			 ? flows_with_outputs(&s, o)
			 : cmd_fail(&e);
	session_end(&s);
	return status;
}
