/*
 * The real screen over a made-up world, in a real terminal.
 *
 *   ui_demo [--flows N] [--ascii] [--mono] [--banner TEXT] [--still]
 *           [--lossy] [--crash SIGNAL] [--spawn N]
 *
 * --crash raises a signal when the screen has been drawn for a second;
 * --spawn adds so many flows at every refresh. Says "left: STATUS" at the end.
 */
#include "base/clock.h"
#include "tests/ui/fake_world.h"
#include "ui/loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct demo {
	struct fake_world fake;
	struct ui_world world; /* of the fake */
	int crash;
	unsigned spawn;
};

static void take(void *context, struct snapshot *s)
{
	struct demo *d = context;

	for (unsigned i = 0; i < d->spawn; i++)
		fake_add(&d->fake, (unsigned)d->fake.next_id);
	d->world.take(d->world.context, s);
	if (d->crash != 0 && d->fake.takes > 4)
		raise(d->crash);
}

static uint32_t rows(void *context, struct topk_query *query, struct flow *out,
		     uint64_t *matching)
{
	struct demo *d = context;

	return d->world.rows(d->world.context, query, out, matching);
}

static bool read_flow(void *context, uint64_t id, struct flow *flow)
{
	struct demo *d = context;

	return d->world.flow(d->world.context, id, flow);
}

static enum engine_filter_state
begin_filter(void *context, const char *expression, struct err *e)
{
	struct demo *d = context;

	return d->world.begin_filter(d->world.context, expression, e);
}

static enum engine_filter_state ask_filter(void *context, struct err *e)
{
	struct demo *d = context;

	return d->world.ask_filter(d->world.context, e);
}

static void cancel_filter(void *context)
{
	struct demo *d = context;

	d->world.cancel_filter(d->world.context);
}

static uint32_t read_options(int argc, char **argv, struct demo *d,
			     struct ui_config *config)
{
	uint32_t flows = 40;

	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--ascii") == 0)
			config->ascii = true;
		else if (strcmp(argv[i], "--mono") == 0)
			config->monochrome = true;
		else if (strcmp(argv[i], "--still") == 0)
			d->fake.still = true;
		else if (strcmp(argv[i], "--lossy") == 0)
			d->fake.lossy = true;
		else if (strcmp(argv[i], "--banner") == 0)
			config->banner = next;
		else if (strcmp(argv[i], "--flows") == 0)
			flows = (uint32_t)atoi(next);
		else if (strcmp(argv[i], "--crash") == 0)
			d->crash = atoi(next);
		else if (strcmp(argv[i], "--spawn") == 0)
			d->spawn = (unsigned)atoi(next);
	}
	return flows;
}

int main(int argc, char **argv)
{
	struct ui_config config = {.title = "a made-up world",
				   .sort = COLUMN_RATE};
	struct demo demo = {.crash = 0};
	struct ui_world world = {&demo,	       take,	     rows,
				 read_flow,    begin_filter, ask_filter,
				 cancel_filter};
	struct fake_world fake;
	struct err e = {0};
	enum exit_status status;
	uint32_t flows = read_options(argc, argv, &demo, &config);

	if (!fake_open(&fake, flows, flows + 100000))
		return 1;
	fake.still = demo.fake.still;
	fake.lossy = demo.fake.lossy;
	demo.fake = fake;
	demo.world = fake_world(&demo.fake);
	status = loop_run(&world, &config, &e);
	fake_close(&demo.fake);
	if (status != EXIT_OK)
		fprintf(stderr, "ui_demo: %s\n", e.text);
	printf("left: %d\n", (int)status);
	return (int)status;
}
