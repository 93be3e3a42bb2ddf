/*
 * talk.h: the TCP connections of the lab's background traffic: a few that
 * last, each with a rate that rises and falls, and many that are short.
 */
#ifndef RAWTOP_LAB_TALK_H
#define RAWTOP_LAB_TALK_H

#include "lab/target.h"

struct talks;

struct talks *talks_open(void);
void talks_close(struct talks *t);

/* Begins a short connection that asks for so many bytes, if one is free. */
void talks_fetch(struct talks *t, const struct target *to, unsigned bytes);

/* Moves all of them on; call it about twenty times a second. */
void talks_tick(struct talks *t, uint64_t now_ns);

#endif
