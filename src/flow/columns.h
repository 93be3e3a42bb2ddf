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

/* How numbers and names are shown; everybody passes one. */
struct column_style {
	uint64_t now_ns;
	bool bytes;    /* rates and totals in bytes, not bits */
	bool services; /* port 443 as https */
	bool ascii;    /* no character above 0x7e */
	bool full;     /* IPv6 addresses whole, not elided */
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

/* The well-known service on a port ("https"), or NULL. `proto` is the IP
 * protocol. From /etc/services, read once by column_services_load. */
const char *column_service(uint8_t proto, uint16_t port);
void column_services_load(void);

#endif
