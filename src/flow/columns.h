/*
 * columns.h: the columns of a flow list, by one table (columns.def): title,
 * width, how to print, how to compare, what `s` and help say.
 */
#ifndef RAWTOP_FLOW_COLUMNS_H
#define RAWTOP_FLOW_COLUMNS_H

#include "base/text.h"
#include "flow/flow.h"

enum column {
#define COLUMN(name, ...) COLUMN_##name,
#include "flow/columns.def"
#undef COLUMN
	COLUMN_COUNT
};

/* The names of well-known ports; immutable once loaded, any thread reads. */
struct column_services;

/* How numbers and names are shown; everybody passes one. */
struct column_style {
	uint64_t now_ns;
	bool bytes; /* rates in bytes per second, not bits */
	bool ascii; /* no character above 0x7e */
	bool full;  /* IPv6 addresses whole, not elided */
	/* Port 443 as https; borrowed. NULL: ports as numbers. */
	const struct column_services *services;
};

struct column_info {
	const char *name;  /* for --sort and the picker: "rate-out" */
	const char *title; /* the list's header */
	const char *help;
	uint8_t width;	  /* cells, fixed */
	uint8_t grow;	  /* share of spare width; 0: none */
	uint8_t priority; /* lower stays longer when the screen is narrow */
	bool right;	  /* right-aligned */
	bool descending;  /* the natural first order */
};

extern const struct column_info column_table[COLUMN_COUNT];

/* Prints one cell of one flow into *t, unpadded; may be longer than the
 * column is wide: the list cuts. Everything printed is safe to show. */
void column_print(struct text *t, enum column column, const struct flow *flow,
		  const struct column_style *style);

/* A number that orders flows by this column (higher = greater). For texts it
 * is a prefix: ties are resolved by column_compare. */
uint64_t column_rank(enum column column, const struct flow *flow,
		     uint64_t now_ns);

/* <0, 0, >0; total order: ties end at the flow's id. */
int column_compare(enum column column, const struct flow *a,
		   const struct flow *b, uint64_t now_ns);

/* The column by name; COLUMN_COUNT when unknown. */
enum column column_find(const char *name);

/*
 * Reads the names of ports from a file like /etc/services (NULL: that one),
 * at most COLUMN_SERVICES_MAX of them; where it cannot be read, a few dozen
 * built in stand for it. NULL when there is no memory. The caller owns it:
 * column_services_free. Load it once, at start.
 */
#define COLUMN_SERVICES_MAX 4096
struct column_services *column_services_load(const char *path);
void column_services_free(struct column_services *s);

/* The well-known service on a port ("https"), or NULL; NULL also when s is
 * NULL. `proto` is the IP protocol. The name is safe to show and lives as
 * long as s. */
const char *column_service(const struct column_services *s, uint8_t proto,
			   uint16_t port);

/* The ports that a service name stands for, over all protocols, each once:
 * writes at most `max`, returns how many. Any case; aliases included. */
unsigned column_service_ports(const struct column_services *s, const char *name,
			      uint16_t *ports, unsigned max);

#endif
