#include "ui/loop.h"

#include "base/clock.h"
#include "ui/term.h"
#include "ui/ui.h"

/* Without a key the screen is drawn this often, */
#define REFRESH_NS (250 * CLOCK_NS_PER_MS)
/* … but of a core it takes no more than one part in so many, */
#define REFRESH_SHARE 10
/* … and however dear it is, it moves. */
#define REFRESH_MAX_NS (2 * CLOCK_NS_PER_S)

/* Events taken before the screen is drawn again: keys that repeat faster than
 * it can be drawn must not keep it still. */
#define EVENTS_MAX 256

static bool fit_canvas(struct ui *u, struct canvas *c, struct term *t)
{
	int width, height;

	term_size(t, &width, &height);
	if (width != c->width || height != c->height || c->cells == NULL) {
		if (!canvas_resize(c, width, height))
			return false;
	}
	ui_resize(u, c->width, c->height);
	return true;
}

/* Draws; how long it took. */
static uint64_t show(struct ui *u, struct canvas *c, struct term *t)
{
	uint64_t start_ns = clock_monotonic_ns();

	if (!fit_canvas(u, c, t))
		return 0;
	if (u->redraw)
		term_redraw(t);
	u->redraw = false;
	ui_refresh(u);
	ui_draw(u, c);
	if (term_takes(t))
		term_draw(t, c);
	return clock_monotonic_ns() - start_ns;
}

static uint64_t interval_ns(uint64_t cost_ns)
{
	uint64_t ns = cost_ns * REFRESH_SHARE;

	if (ns < REFRESH_NS)
		return REFRESH_NS;
	return ns < REFRESH_MAX_NS ? ns : REFRESH_MAX_NS;
}

static bool take_events(struct ui *u, struct term *t)
{
	bool any = false;

	for (int i = 0; i < EVENTS_MAX && !u->quit; i++) {
		struct event event = term_next(t);

		if (event.type == EVENT_NONE)
			break;
		ui_event(u, &event);
		any = true;
	}
	return any;
}

/* Waits until the picture is to be drawn again. */
static void wait_for_cause(struct ui *u, struct term *t, uint64_t until_ns)
{
	while (!take_events(u, t)) {
		uint64_t now_ns = clock_monotonic_ns();

		if (now_ns >= until_ns)
			return;
		term_wait(t, (int)((until_ns - now_ns) / CLOCK_NS_PER_MS + 1));
	}
}

static void run(struct ui *u, struct term *t)
{
	struct canvas c;

	canvas_open(&c, term_is_ascii(t));
	while (!u->quit) {
		uint64_t start_ns = clock_monotonic_ns();
		uint64_t cost_ns = show(u, &c, t);

		wait_for_cause(u, t, start_ns + interval_ns(cost_ns));
	}
	canvas_close(&c);
}

enum exit_status loop_run(const struct ui_world *world,
			  const struct ui_config *config, struct err *e)
{
	struct term_config terminal = {
		.ascii = config->ascii,
		.monochrome = config->monochrome,
	};
	struct term *t = term_open(&terminal, e);
	struct ui *u;

	if (t == NULL)
		return e->status;
	u = ui_open(world, config, term_is_ascii(t), e);
	if (u != NULL)
		run(u, t);
	term_close(t);
	if (u == NULL)
		return e->status;
	ui_close(u);
	return EXIT_OK;
}
