/*
 * flows.c: `rawtop flows`, the accounting without a terminal.
 */
#include "base/clock.h"
#include "cmd/cmd.h"
#include "cmd/session.h"
#include "cmd/writer.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FLOWS_NAP_NS	   (20 * CLOCK_NS_PER_MS)
#define FLOWS_ACCOUNT_SIZE ((size_t)64 << 10)

static volatile sig_atomic_t flows_interrupted;

static void flows_on_signal(int signal_number)
{
	(void)signal_number;
	flows_interrupted = 1;
}

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
	/* A reader that goes away is an error of write, with its message. */
	signal(SIGPIPE, SIG_IGN);
}

/* Until the input ends, the time is up, somebody interrupts or the output
 * fails. */
static void flows_wait(struct session *s, struct writer *w,
		       const struct options *o)
{
	uint64_t start_ns = clock_monotonic_ns();
	struct engine *g = s->engine;
	struct err e;

	while (!flows_interrupted && !engine_finished(g)) {
		uint64_t now_ns = clock_monotonic_ns();

		if (o->duration_ns != 0 && now_ns - start_ns >= o->duration_ns)
			break;
		if (w != NULL && !writer_tick(w, now_ns, &e))
			break;
		if (!options_live(o) && engine_failed(g, &e))
			break;
		if (options_live(o))
			session_tell_events(s);
		clock_nap_ns(FLOWS_NAP_NS);
	}
}

/* The account: for people on standard error, as JSON if that was asked. */
static bool flows_tell_account(struct engine *g, int stats_fd,
			       const char *stats_path, struct err *e)
{
	char buf[FLOWS_ACCOUNT_SIZE];
	struct snapshot snapshot;
	struct text t;

	snapshot_take(g, &snapshot);
	text_init(&t, buf, sizeof(buf));
	snapshot_print_text(&t, &snapshot);
	fputs(buf, stderr);
	if (stats_fd == -1)
		return true;
	text_clear(&t);
	snapshot_print_json(&t, &snapshot);
	return writer_write_all(stats_fd, stats_path, buf, t.len, e);
}

/* Runs to the end with the outputs open; the first failure is the result. */
static int flows_run(struct session *s, struct options *o, struct writer *w,
		     int stats_fd)
{
	bool told, input_good, output_good = true;
	struct err e, input_error, output_error;

	if (w != NULL) {
		o->engine.record = writer_put;
		o->engine.record_context = w;
	}
	if (!session_start(s, o, &e)) {
		if (w != NULL)
			writer_close(w, &output_error);
		return cmd_fail(&e);
	}
	flows_wait(s, w, o);
	engine_stop(s->engine);
	if (w != NULL)
		output_good = writer_close(w, &output_error);
	input_good = !engine_failed(s->engine, &input_error);
	told = flows_tell_account(s->engine, stats_fd, o->stats_path, &e);
	/* A sink that failed also stops the engine: say it once. */
	if (!output_good)
		return cmd_fail(&output_error);
	if (!told)
		return cmd_fail(&e);
	return input_good ? EXIT_OK : cmd_fail(&input_error);
}

/* Opens the outputs, which is done without privilege. */
static int flows_open_outputs(struct session *s, struct options *o)
{
	struct writer *w = NULL;
	int status, stats_fd = -1;
	struct err e;

	if (o->output != OUTPUT_NONE) {
		w = writer_open(o->output, o->output_path, &e);
		if (w == NULL)
			return cmd_fail(&e);
	}
	if (o->stats_path != NULL) {
		stats_fd = writer_open_path(o->stats_path, &e);
		if (stats_fd == -1) {
			status = cmd_fail(&e);
			if (w != NULL)
				writer_close(w, &e);
			return status;
		}
	}
	status = flows_run(s, o, w, stats_fd);
	if (stats_fd != -1 && close(stats_fd) == -1 && status == EXIT_OK) {
		err_system(&e, EXIT_OUTPUT, "cannot write %s", o->stats_path);
		status = cmd_fail(&e);
	}
	return status;
}

int cmd_flows(struct options *o)
{
	struct session s;
	struct err e;
	int status;

	flows_watch_signals();
	status = session_open(&s, o, &e) ? flows_open_outputs(&s, o)
					 : cmd_fail(&e);
	session_end(&s);
	return status;
}
