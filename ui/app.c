#include "ui/app.h"

#include "ui/loop.h"

enum exit_status ui_run(struct engine *g, const struct ui_config *config,
			struct err *e)
{
	struct ui_world world = world_of_engine(g);

	return loop_run(&world, config, e);
}
