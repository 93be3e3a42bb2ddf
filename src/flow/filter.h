/*
 * filter.h: the text filter of the flow list, as one types:
 *   words are all required; `!` negates a word; a bare word searches the text
 *   of addresses, ports, services, protocol and state, as the list shows it,
 *   `refused` flows of that verdict;
 *   terms are in filter.def: `host:10.0.` (start of an address, or a network),
 *   `src:` `dst:`, `port:443` `sport:` `dport:` (number, range 1-99, < >, or
 *   service), `proto:udp`, `state:syn`, `ip:6`, `iface:`, `vlan:`, `ttl:`,
 *   `tos:`, `refused:`, `rate:>1M`, `bytes:>10k`, `packets:>5`.
 */
#ifndef RAWTOP_FLOW_FILTER_H
#define RAWTOP_FLOW_FILTER_H

#include "flow/columns.h"
#include "flow/flow.h"

#define FLOW_FILTER_TERMS_MAX 16

struct flow_filter;

/*
 * Compiles text. NULL on error, with `message` and the byte position of what
 * is wrong in *at. An empty text gives a filter that takes all. `services`
 * gives names to ports (NULL: none) and must outlive the filter.
 * The caller owns it: flow_filter_free.
 */
struct flow_filter *flow_filter_parse(const char *text,
				      const struct column_services *services,
				      char *message, size_t message_size,
				      size_t *at);
void flow_filter_free(struct flow_filter *f);

/* Does the flow pass? NULL passes all. Any thread. */
bool flow_filter_match(const struct flow_filter *f, const struct flow *flow);

/* Prints the terms and their help, for `?` and the man page, one a line. */
void flow_filter_help(void (*line)(void *ctx, const char *term,
				   const char *help),
		      void *ctx);

#endif
