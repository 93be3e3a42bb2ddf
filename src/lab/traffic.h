/*
 * traffic.h: the lab's background traffic, through real kernel sockets.
 */
#ifndef RAWTOP_LAB_TRAFFIC_H
#define RAWTOP_LAB_TRAFFIC_H

#include <stdbool.h>

struct traffic;

/* Opens what needs privilege; NULL when there is no memory. What cannot be
 * opened (IPv6 is off) just stays away. */
struct traffic *traffic_open(void);

/* Runs until the lifeline is shut. */
void traffic_run(struct traffic *t, int lifeline);
void traffic_close(struct traffic *t);

#endif
