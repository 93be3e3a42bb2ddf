/*
 * step.h: inside view_decode. A walk goes from door to door: a step checks
 * that the header at `at` is there and makes sense, enters it as a layer, and
 * says which protocol comes next (PROTO_NONE ends the walk).
 *
 * Invariant, asserted by the fuzz target: at <= bound <= captured bytes. So
 * `bound - at` is what a step may read.
 */
#ifndef RAWTOP_WIRE_STEP_H
#define RAWTOP_WIRE_STEP_H

#include "wire/fields.h"
#include "wire/view.h"

#define STEP_LIKELY(x)	 __builtin_expect(!!(x), 1)
#define STEP_UNLIKELY(x) __builtin_expect(!!(x), 0)

struct walk {
	struct view *v;
	uint32_t at;	/* where the next header begins */
	uint32_t limit; /* where it must have ended, by what encloses it */
	uint32_t bound; /* the smaller of limit and captured bytes */
	bool lax;	/* limit is that of a fragment or a quote: to pass it
			   is no contradiction */
};

static inline const uint8_t *walk_header(const struct walk *w)
{
	return w->v->data + w->at;
}

static inline bool walk_has(const struct walk *w, uint32_t bytes)
{
	return STEP_LIKELY(w->bound - w->at >= bytes);
}

/* Nothing behind `end` belongs to what is walked from here on. */
static inline void walk_limit(struct walk *w, uint32_t end)
{
	if (end < w->limit)
		w->limit = end;
	if (end < w->bound)
		w->bound = end;
}

/* Ends the walk. */
static inline enum proto walk_stop(const struct walk *w, enum view_stop stop,
				   enum proto proto)
{
	w->v->stop = (uint8_t)stop;
	w->v->stop_proto = (uint8_t)proto;
	return PROTO_NONE;
}

/* Ends the walk at a header that contradicts itself. */
static inline enum proto walk_malformed(const struct walk *w, enum proto proto)
{
	return walk_stop(w, VIEW_MALFORMED, proto);
}

/* Ends the walk at a header of `bytes` of which less is there. */
static inline enum proto walk_short(const struct walk *w, enum proto proto,
				    uint32_t bytes)
{
	if (w->at + bytes > w->limit && !w->lax)
		return walk_malformed(w, proto);
	w->v->needed = w->at + bytes;
	return walk_stop(w, VIEW_TRUNCATED, proto);
}

/*
 * Enters the header at `at`, which is there, as a layer. False when there are
 * twelve already, which ends the walk.
 */
static inline bool walk_enter(struct walk *w, enum proto proto, uint32_t length)
{
	struct view *v = w->v;

	if (STEP_UNLIKELY(v->count == VIEW_LAYERS_MAX)) {
		walk_stop(w, VIEW_TOO_DEEP, proto);
		return false;
	}
	v->layer[v->count++] = (struct view_layer){
		.proto = (uint8_t)proto,
		.length = (uint16_t)length,
		.offset = w->at,
	};
	w->at += length;
	return true;
}

/* As walk_enter, for what gives a flow its protocol. */
static inline bool walk_enter_transport(struct walk *w, enum proto proto,
					uint32_t length)
{
	struct view *v = w->v;

	if (STEP_UNLIKELY(!walk_enter(w, proto, length)))
		return false;
	if (v->transport == VIEW_NONE && v->ip != VIEW_NONE)
		v->transport = (uint8_t)(v->count - 1);
	return true;
}

/*
 * Here and below, what is not inlined into the common path takes the walk by
 * value, so that there it can live in registers.
 */

/* As walk_short; enters the layer, cut, when its first `enough` bytes are
 * there. */
enum proto walk_short_cut(struct walk w, enum proto proto, uint32_t bytes,
			  uint32_t enough);

/* Bytes of a transport header that suffice to tell the flow. */
#define STEP_TRANSPORT_ENOUGH 4

/* The steps, by file; the common ones are in view.c. */

/* step_link.c */
enum proto step_llc(struct walk *w);
enum proto step_mpls(struct walk *w);
enum proto step_pppoe(struct walk *w);
enum proto step_ppp(struct walk *w);
enum proto step_sll(struct walk *w);
enum proto step_sll2(struct walk *w);
enum proto step_null(struct walk *w);
enum proto step_arp(struct walk *w);
enum proto step_raw(const struct walk *w);

/* step_extension.c */
enum proto step_hopopts(struct walk *w);
enum proto step_routing(struct walk *w);
enum proto step_dstopts(struct walk *w);
enum proto step_mobility(struct walk *w);
enum proto step_hip(struct walk *w);
enum proto step_shim6(struct walk *w);
enum proto step_fragment(struct walk *w);
enum proto step_ah(struct walk *w);

/* step_transport.c */
enum proto step_udplite(struct walk *w);
enum proto step_sctp(struct walk *w);
enum proto step_dccp(struct walk *w);
enum proto step_icmp(struct walk *w);
enum proto step_icmpv6(struct walk *w);
enum proto step_igmp(struct walk *w);
enum proto step_esp(struct walk *w);
enum proto step_other(struct walk *w);

/* step_tunnel.c */
enum proto step_gre(struct walk *w);
enum proto step_erspan(struct walk *w);
enum proto step_vxlan(struct walk *w);
enum proto step_geneve(struct walk *w);
enum proto step_gtpu(struct walk *w);

/*
 * Whether the bytes behind a UDP header look like the tunnel that a port
 * announces; `strictly` when only the source port does.
 */
bool step_tunnel_is_plausible(const struct walk *w, enum proto proto,
			      bool strictly);

/* Whether what stands `skip` bytes on looks like a whole header of the kind:
 * for guesses where no field says what follows. */
bool step_looks_like_ipv4(const struct walk *w);
bool step_looks_like_ethernet(const struct walk *w, uint32_t skip);

#endif
