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
	/* Cells that the caller has for this column, so that an address is
	 * elided to them and its port never cut. 0: the table's width. */
	unsigned width;
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

/*
 * The parts that cells are made of, for the other places that show them. SI
 * prefixes, three digits: rates "12.3 Mb/s" (at most 9 cells), totals
 * "4.56 MB" (8), counts "12345678" then "123 M" (8), ages "12s" "3m04s"
 * "2h13m" "5d02h" (6). style->bytes makes a rate "1.53 MB/s".
 */
void column_put_rate(struct text *t, uint64_t bits_per_s,
		     const struct column_style *style);
void column_put_total(struct text *t, uint64_t bytes);
void column_put_count(struct text *t, uint64_t count);
void column_put_age(struct text *t, uint64_t ns);

/* An age, with tenths of a second below ten: "0.4s" (6). */
void column_put_idle(struct text *t, uint64_t ns);

/* A count in at most 6 cells: "999999", then "1.23 M". */
void column_put_short_count(struct text *t, uint64_t count);

/* One end of a flow (0 the initiator): 10.0.0.1:443, [fd00::1]:https, or the
 * address alone where the protocol has no ports. */
void column_put_end(struct text *t, const struct flow *flow, unsigned end,
		    const struct column_style *style);

/* What an ICMP message is, in a few words: "echo request", "port unreach",
 * else "type 42" or "type 3 code 77". `proto` is 1 or 58. */
void column_put_icmp(struct text *t, uint8_t proto, uint8_t type, uint8_t code);

/* TCP flags as letters from the lowest bit: FIN F, SYN S, RST R, PSH P,
 * ACK A, URG U, ECE E, CWR C; "-" for none. */
void column_put_tcp_flags(struct text *t, uint8_t flags);

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
