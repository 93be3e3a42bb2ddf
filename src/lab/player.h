/*
 * player.h: the process that plays the hosts.
 */
#ifndef RAWTOP_LAB_PLAYER_H
#define RAWTOP_LAB_PLAYER_H

#include "lab/carrier.h"

#include <stdbool.h>

/* Plays until the lifeline is shut or the carrier is gone. With `inbound`,
 * host 2 sends UDP to this side now and then. False: no memory. */
bool player_run(struct carrier *c, int lifeline, bool inbound);

#endif
