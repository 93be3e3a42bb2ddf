/*
 * lab.h: the private test network. lab_start moves this process into a new
 * user and network namespace (as root: a network namespace only), makes the
 * interface `lab0` with 10.0.0.1/24 and fd00::1/64 on it, and starts the
 * hosts behind it and the background traffic as child processes that end with
 * this one. Nothing of it touches a real network, and nothing is left behind.
 *
 * The hosts are one piece of code over "read an IP packet, write an IP
 * packet": on a TUN device where /dev/net/tun may be opened, else on an
 * AF_PACKET socket at the far end of a veth pair.
 */
#ifndef RAWTOP_LAB_LAB_H
#define RAWTOP_LAB_LAB_H

#include "base/err.h"

#include <stdbool.h>

struct lab;

enum lab_carrier {
	LAB_CARRIER_AUTO, /* TUN if it may be opened, else veth */
	LAB_CARRIER_TUN,
	LAB_CARRIER_VETH,
};

struct lab_config {
	bool traffic; /* run the background traffic */
	enum lab_carrier carrier;
};

/* Call it while the process has one thread, before priv_start. NULL with *e
 * set where namespaces are off, saying which setting to change. */
struct lab *lab_start(const struct lab_config *config, struct err *e);

/* One line for people: "lab: 10.0.0.2 … on tun lab0". Borrowed. */
const char *lab_describe(const struct lab *lab);

/* Runs a command inside, standard streams inherited; returns its exit status
 * (128 + signal when it was killed). What it has begun and left is killed. -1
 * with *e when it cannot be run. */
int lab_command(struct lab *lab, char *const argv[], struct err *e);

/* Ends the hosts and the traffic and waits for them. */
void lab_stop(struct lab *lab);

#endif
