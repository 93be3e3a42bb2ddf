/*
 * loop.h: the loop of the screen over any world.
 */
#ifndef RAWTOP_UI_LOOP_H
#define RAWTOP_UI_LOOP_H

#include "ui/app.h"
#include "ui/world.h"

/* As ui_run, of this world. */
enum exit_status loop_run(const struct ui_world *world,
			  const struct ui_config *config, struct err *e);

#endif
