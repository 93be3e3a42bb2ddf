/*
 * watch.c: `rawtop`, the live flows on the screen.
 */
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/screen.h"

#include <string.h>

/* "eth0, lo", "all interfaces", "x.pcap": what the screen is about. */
static void watch_print_title(struct text *t, const struct options *o,
			      const char *file)
{
	const struct engine_config *c = &o->engine;

	if (file != NULL && strcmp(file, "-") == 0)
		text_put(t, "standard input");
	else if (file != NULL)
		text_put_safe(t, file, strlen(file), false);
	else if (c->made != NULL)
		text_put(t, "made traffic");
	else if (c->iface_count == 0)
		text_put(t, "all interfaces");
	for (unsigned i = 0; i < c->iface_count; i++)
		text_printf(t, "%s%s", i > 0 ? ", " : "", c->ifaces[i]);
}

int cmd_watch(struct options *o)
{
	char title_buf[128];
	struct text title;
	struct err e;

	text_init(&title, title_buf, sizeof(title_buf));
	watch_print_title(&title, o, o->engine.file);
	if (!screen_prepare(o, &e))
		return cmd_fail(&e);
	return screen_run(o, title_buf, NULL);
}
