#include "flow/table_entry.h"

/*
 * A reader that meets the writer tries again; each try takes longer than a
 * write, so more than a few are bad luck, and this many in a row are not met.
 */
#define ENTRY_TRIES_MAX 1000

/* E5: all words of the entry that are in use. */
static void entry_load(const struct entry_place *place, struct entry_copy *c)
{
	const struct entry_hot *hot = place->hot;
	const struct entry_cold *cold = place->cold;

	c->misc = atom_load_acquire_u32(&hot->misc);
	c->tuple = atom_load_acquire_u64(&hot->tuple);
	for (unsigned i = 0; i < 4; i++)
		c->addr[i] = atom_load_acquire_u64(&hot->addr[i]);
	for (unsigned s = 0; s < 2; s++) {
		for (unsigned i = 0; i < ENTRY_SIDE_WORDS; i++)
			c->side[s][i] = atom_load_acquire_u64(&hot->side[s][i]);
		c->first[s] = atom_load_acquire_u64(&cold->first[s]);
		c->base[s] = atom_load_acquire_u32(&cold->base[s]);
		c->overhead[s] = atom_load_acquire_u32(&cold->overhead[s]);
	}
	c->generation = atom_load_acquire_u32(&cold->generation);
	memset(c->rare, 0, sizeof(c->rare));
	memset(c->verdict, 0, sizeof(c->verdict));
	if (c->misc & ENTRY_MISC_RARE)
		for (unsigned i = 0; i < RARE_WORDS; i++)
			c->rare[i] =
				atom_load_acquire_u64(&place->rare->word[i]);
	if (!place->verdict || !(c->misc & ENTRY_MISC_VERDICT))
		return;
	for (unsigned s = 0; s < 2; s++)
		for (unsigned i = 0; i < VERDICT_WORDS; i++)
			c->verdict[s][i] = atom_load_acquire_u64(
				&place->verdict->word[s][i]);
}

bool entry_read(const struct entry_place *place, struct entry_copy *copy)
{
	for (unsigned i = 0; i < ENTRY_TRIES_MAX; i++) {
		uint32_t before = atom_load_acquire_u32(&place->hot->lock);

		if (before & 1)
			continue;
		entry_load(place, copy);
		if (atom_load_relaxed_u32(&place->hot->lock) == before)
			return copy->tuple != 0;
	}
	return false;
}

void entry_copy_own(const struct entry_place *place, struct entry_copy *copy)
{
	entry_load(place, copy);
}

static uint64_t entry_frame_bytes(const struct entry_copy *c, unsigned s,
				  uint64_t bytes)
{
	int64_t high = (int32_t)c->overhead[s];
	int64_t low =
		(int64_t)(c->side[s][ENTRY_HEADERS] & ENTRY_OVERHEAD_MASK);
	int64_t overhead = high * (INT64_C(1) << ENTRY_OVERHEAD_BITS) + low;

	return bytes + (uint64_t)overhead;
}

static void entry_unpack_side(const struct entry_copy *c, unsigned s,
			      struct flow_side *side)
{
	const uint64_t *word = c->side[s];
	uint32_t label = (uint32_t)(word[ENTRY_HEADERS] >> 28 & 0xfffff);
	bool ipv6 = (uint8_t)(c->tuple >> 32) == 6;
	uint64_t extra = c->rare[RARE_FRAGMENTS_COPIES + s];

	memcpy(side->addr, &c->addr[2 * s], sizeof(side->addr));
	side->port = (uint16_t)(c->tuple >> (16 * s));
	side->packets = word[ENTRY_PACKETS] & ENTRY_PACKETS_MASK;
	side->bytes = word[ENTRY_BYTES] & ENTRY_BYTES_MASK;
	side->frame_bytes = entry_frame_bytes(c, s, side->bytes);
	side->fragments = extra & UINT32_MAX;
	side->copies = extra >> 32;
	side->host_packets = c->rare[RARE_HOST_PACKETS + s];
	side->host_bytes = c->rare[RARE_HOST_BYTES + s];
	side->icmp_errors = c->rare[RARE_ERRORS + s] & UINT32_MAX;
	side->first_ns = c->first[s];
	side->last_ns = word[ENTRY_LAST];
	side->seq = (uint32_t)word[ENTRY_SEQ];
	side->ack = (uint32_t)(word[ENTRY_SEQ] >> 32);
	side->flow_label = ipv6 ? label : 0;
	side->ip_id = ipv6 ? 0 : (uint16_t)label;
	side->iface = c->misc >> ENTRY_MISC_IFACE(s) & 0xff;
	side->window = (uint16_t)(word[ENTRY_PACKETS] >> 48);
	side->ttl = (uint8_t)(word[ENTRY_BYTES] >> 56);
	side->tos = (uint8_t)(word[ENTRY_HEADERS] >> 56);
	side->tcp_flags = (uint8_t)(word[ENTRY_HEADERS] >> 48);
}

/* The earlier of two times, where 0 is none. */
static uint64_t entry_earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return a < b ? a : b;
}

static void entry_unpack_icmp(const struct entry_copy *c, struct flow *flow)
{
	uint64_t a = c->rare[RARE_ERRORS], b = c->rare[RARE_ERRORS + 1];
	uint64_t later = a > b ? a : b; /* by the top bit */

	flow->icmp_error_type = (uint8_t)(later >> 32);
	flow->icmp_error_code = (uint8_t)(later >> 40);
	if (flow->proto != 1 && flow->proto != 58)
		return;
	flow->icmp_id = (uint16_t)c->tuple;
	flow->icmp_type = (uint8_t)(c->tuple >> 24);
	flow->icmp_code = (uint8_t)(c->tuple >> 16);
	flow->side[0].port = 0;
	flow->side[1].port = 0;
}

void entry_unpack(const struct entry_copy *copy, struct flow *flow)
{
	unsigned initiator = entry_initiator(copy->misc);

	memset(flow, 0, sizeof(*flow));
	entry_unpack_side(copy, initiator, &flow->side[0]);
	entry_unpack_side(copy, !initiator, &flow->side[1]);
	flow->version = (uint8_t)(copy->tuple >> 32);
	flow->proto = entry_proto(copy->tuple);
	flow->vlan = (uint16_t)(copy->tuple >> 48);
	flow->state = (uint8_t)entry_state(copy->tuple, copy->misc);
	flow->first_ns =
		entry_earlier(flow->side[0].first_ns, flow->side[1].first_ns);
	flow->last_ns = flow->side[0].last_ns > flow->side[1].last_ns
				? flow->side[0].last_ns
				: flow->side[1].last_ns;
	entry_unpack_icmp(copy, flow);
}
