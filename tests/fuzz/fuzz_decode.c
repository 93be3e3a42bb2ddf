/*
 * fuzz_decode.c: view_decode and view_decode_quoted over any bytes.
 *
 * Input: byte 0 chooses the link type; byte 1 the lengths (0: all captured;
 * 1 to 127: that many times 16 bytes more were on the link; 128 and up: that
 * less 127 bytes of what follows were not captured); then the packet.
 */
#include "driver.h"

#include "wire/fields.h"
#include "wire/view.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Type fields below are lengths, which a cooked header does not have. */
#define TYPE_LEAST 1536

static void promise(bool kept, const char *what)
{
	if (kept)
		return;
	fprintf(stderr, "broken promise: %s\n", what);
	abort();
}

static bool is_ip(const struct view_layer *l)
{
	return l->proto == PROTO_IPV4 || l->proto == PROTO_IPV6;
}

/* Headers whose whole table need not be there: see view.h. */
static uint32_t least_bytes(enum proto proto)
{
	if (proto == PROTO_ICMPV6)
		return 4;
	if (proto == PROTO_LLC)
		return 3;
	if (proto == PROTO_PPP)
		return 1;
	if (proto == PROTO_ARP || proto == PROTO_GTPU || proto == PROTO_ERSPAN)
		return 8;
	return field_table_of(proto)->bytes;
}

static void check_layer(const struct view *v, uint8_t i, uint32_t from)
{
	const struct view_layer *l = &v->layer[i];

	promise(l->proto > PROTO_NONE && l->proto < PROTO_COUNT, "a protocol");
	promise(l->offset >= from, "layers ascend");
	promise(l->offset <= v->caplen && l->length <= v->caplen - l->offset,
		"layers lie inside the captured bytes");
	if (l->flags & VIEW_LAYER_CUT) {
		promise(i == v->count - 1, "only the last header can be cut");
		promise(v->stop == VIEW_TRUNCATED || v->stop == VIEW_MALFORMED,
			"a cut header stops the walk");
		promise(l->length >= (is_ip(l) ? (uint32_t)IPV4_BYTES : 4u),
			"a cut header tells the flow");
	} else {
		promise(l->length >= least_bytes((enum proto)l->proto),
			"a whole header has its fixed part");
	}
}

/* `ip` and `outer_ip` are the last and the first IP header. */
static void check_ip(const struct view *v)
{
	uint8_t first = VIEW_NONE, last = VIEW_NONE;

	for (uint8_t i = 0; i < v->count; i++) {
		if (!is_ip(&v->layer[i]))
			continue;
		last = i;
		if (first == VIEW_NONE)
			first = i;
	}
	promise(v->ip == last && v->outer_ip == first, "outer and inner IP");
	if (last == VIEW_NONE) {
		promise(v->end == 0, "no IP header, no end");
		promise(v->transport == VIEW_NONE, "no IP, no transport");
		return;
	}
	promise(v->end >= v->layer[last].offset + v->layer[last].length,
		"a datagram holds its header");
	if (v->transport != VIEW_NONE) {
		promise(v->transport > last && v->transport < v->count,
			"the transport stands on the innermost IP header");
		promise(v->fragment != VIEW_FRAGMENT_LATER,
			"a later fragment has no transport");
	}
}

static void check_view(const struct view *v, uint32_t from)
{
	promise(v->count <= VIEW_LAYERS_MAX, "at most twelve layers");
	promise(v->stop < VIEW_STOP_COUNT, "a stop reason");
	promise((v->stop == VIEW_PAYLOAD) == (v->stop_proto == PROTO_NONE),
		"a stop has a door, the payload none");
	promise((v->stop == VIEW_TRUNCATED) == (v->needed > 0),
		"what is truncated needs more");
	promise(v->stop != VIEW_TOO_DEEP || v->count == VIEW_LAYERS_MAX,
		"too deep is twelve layers");
	promise(v->len >= v->caplen, "no more is captured than was there");
	for (uint8_t i = 0; i < v->count; i++) {
		check_layer(v, i, from);
		from = v->layer[i].offset + v->layer[i].length;
	}
	check_ip(v);
}

static void check_same(const struct view *a, const struct view *b,
		       uint32_t moved)
{
	promise(a->count == b->count && a->stop == b->stop &&
			a->stop_proto == b->stop_proto && a->ip == b->ip &&
			a->outer_ip == b->outer_ip &&
			a->transport == b->transport &&
			a->ip_proto == b->ip_proto &&
			a->fragment == b->fragment && a->vlan == b->vlan,
		"the common path and the loop agree on the packet");
	promise((a->end == 0 ? 0 : a->end + moved) == b->end &&
			(a->needed == 0 ? 0 : a->needed + moved) == b->needed,
		"the common path and the loop agree on its ends");
	for (uint8_t i = 1; i < a->count; i++)
		promise(a->layer[i].proto == b->layer[i].proto &&
				a->layer[i].length == b->layer[i].length &&
				a->layer[i].flags == b->layer[i].flags &&
				a->layer[i].offset + moved ==
					b->layer[i].offset,
			"the common path and the loop agree on layers");
}

/*
 * An Ethernet frame goes the common path, the same with a cooked header does
 * not: what stands behind must look the same.
 */
static void check_cooked(const struct view *v)
{
	uint32_t moved = SLL_BYTES - ETHERNET_BYTES;
	struct view cooked;
	uint8_t *data;

	if (v->caplen < ETHERNET_BYTES || ethernet_type(v->data) < TYPE_LEAST)
		return;
	data = calloc(1, v->caplen + moved);
	if (!data)
		return;
	memcpy(data + SLL_BYTES - 2, v->data + ETHERNET_BYTES - 2,
	       v->caplen - ETHERNET_BYTES + 2);
	view_decode(&cooked, data, v->caplen + moved, v->len + moved, LINK_SLL);
	check_view(&cooked, 0);
	check_same(v, &cooked, moved);
	free(data);
}

static void run(const uint8_t *data, uint32_t caplen, uint32_t len,
		enum link_type link)
{
	struct view v, quoted;

	memset(&v, 0xa5, sizeof(v));
	view_decode(&v, data, caplen, len, link);
	promise(v.data == data && v.caplen == caplen,
		"the view is of the data");
	check_view(&v, 0);
	if (link == LINK_ETHERNET)
		check_cooked(&v);
	memset(&quoted, 0xa5, sizeof(quoted));
	if (view_decode_quoted(&quoted, &v)) {
		const struct view_layer *icmp = &v.layer[v.transport];

		promise(quoted.ip != VIEW_NONE, "a quote has an IP header");
		check_view(&quoted, icmp->offset + ICMP_BYTES);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t rest, caplen, len;
	enum link_type link;
	uint8_t *copy;

	if (size < 2 || size > UINT16_MAX * 2)
		return 0;
	rest = (uint32_t)size - 2;
	link = (enum link_type)(data[0] % LINK_COUNT);
	caplen = len = rest;
	if (data[1] < 128)
		len += data[1] * 16u;
	else
		caplen -= rest < data[1] - 127u ? rest : data[1] - 127u;
	/* A copy of its own, so that a sanitizer sees a read past the end. */
	copy = malloc(caplen);
	if (!copy && caplen > 0)
		return 0;
	if (caplen > 0)
		memcpy(copy, data + 2, caplen);
	run(copy, caplen, len, link);
	free(copy);
	return 0;
}
