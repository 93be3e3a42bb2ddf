/*
 * memo.h: a bounded memory of keyed hash → number, for what arrives soon
 * after: later fragments after the first, and one sight of a redirected
 * packet after the other. Sets of four; the one furthest from now makes room.
 * The hash is 64 bits of a keyed one, so it stands for what was hashed.
 *
 * For the one writing thread only.
 */
#ifndef RAWTOP_FLOW_MEMO_H
#define RAWTOP_FLOW_MEMO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEMO_WAYS 4

struct memo_row {
	uint64_t hash;
	uint64_t value; /* 0: empty */
	uint64_t time_ns;
};

struct memo {
	struct memo_row *rows;
	uint32_t sets;
};

/* `sets` times MEMO_WAYS rows. False with *e set when there is no memory. */
bool memo_open(struct memo *m, uint32_t sets, const char *what, struct err *e);
void memo_close(struct memo *m);
size_t memo_bytes(const struct memo *m);

/* Notes a value (not 0) under a hash, or replaces the one that is there. */
void memo_put(struct memo *m, uint64_t hash, uint64_t value, uint64_t now_ns);

/* The value under a hash, if noted within life_ns before (or after) now_ns;
 * else 0. */
uint64_t memo_find(const struct memo *m, uint64_t hash, uint64_t now_ns,
		   uint64_t life_ns);

/* The same, and the row is empty thereafter. */
uint64_t memo_take(struct memo *m, uint64_t hash, uint64_t now_ns,
		   uint64_t life_ns);

#endif
