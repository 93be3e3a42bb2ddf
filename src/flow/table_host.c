/*
 * table_host.c: what this host was meant to receive, and where it went.
 */
#include "base/memory.h"
#include "flow/table_inner.h"

#include <assert.h>

bool table_host_open(struct flow_table *t, struct err *e)
{
	t->host = memory_map(sizeof(*t->host), "the verdicts", e);
	if (!t->host)
		return false;
	memset(t->host->protos, 0xff, sizeof(t->host->protos));
	return memo_open(&t->host->wire_only, TABLE_WIRE_ONLY_SETS,
			 "the verdicts", e);
}

void table_host_close(struct flow_table *t)
{
	if (!t->host)
		return;
	memo_close(&t->host->wire_only);
	memory_unmap(t->host, sizeof(*t->host));
	t->host = NULL;
}

size_t table_host_bytes(const struct flow_table *t)
{
	if (!t->host)
		return 0;
	return sizeof(*t->host) + memo_bytes(&t->host->wire_only);
}

/* Where an address stands, or the empty slot where it would. A quarter of
 * the slots are in use at most. */
static uint32_t host_slot(const struct flow_table *t, uint8_t version,
			  const uint8_t addr[16])
{
	uint64_t word[HASH_INPUT_WORDS] = {0};
	uint32_t i;

	memcpy(word, addr, 16);
	word[2] = version;
	i = (uint32_t)(hash_words(&t->key, word) >> 32) % TABLE_LOCAL_SLOTS;
	while (t->host->local[i].version != 0 &&
	       (t->host->local[i].version != version ||
		memcmp(t->host->local[i].addr, addr, 16) != 0))
		i = (i + 1) % TABLE_LOCAL_SLOTS;
	return i;
}

void flow_table_set_local(struct flow_table *t,
			  const struct flow_local_addr *addrs, unsigned count)
{
	if (!t->host)
		return;
	memset(t->host->local, 0, sizeof(t->host->local));
	for (unsigned i = 0; i < count && i < TABLE_LOCAL_MAX; i++) {
		struct flow_local_addr a = addrs[i];

		if (a.version == 4)
			memset(a.addr + 4, 0, sizeof(a.addr) - 4);
		t->host->local[host_slot(t, a.version, a.addr)] = a;
	}
}

void flow_table_set_host_protos(struct flow_table *t, const uint8_t *protos,
				unsigned count)
{
	if (!t->host)
		return;
	memset(t->host->protos, 0, sizeof(t->host->protos));
	for (unsigned i = 0; i < count; i++)
		t->host->protos[protos[i] / 8] |=
			(uint8_t)(1u << protos[i] % 8);
}

static bool host_is_local(const struct flow_table *t, uint8_t version,
			  const uint8_t addr[16])
{
	static const uint8_t loopback[16] = {[15] = 1};

	if (version == 4 && addr[0] == 127)
		return true;
	if (version == 6 && memcmp(addr, loopback, 16) == 0)
		return true;
	return t->host->local[host_slot(t, version, addr)].version != 0;
}

bool table_host_expects(const struct flow_table *t, const struct flow_facts *f)
{
	unsigned class = f->packet_flags & PACKET_FLAG_CLASS_MASK;
	const struct flow_key *k = &f->key;

	if (class != PACKET_CLASS_HOST && class != PACKET_CLASS_OUTGOING)
		return false;
	if (f->fragment == VIEW_FRAGMENT_LATER || f->tunnelled)
		return false;
	if (!(t->host->protos[k->proto / 8] >> k->proto % 8 & 1))
		return false;
	/* What goes out comes in again only between two of our addresses. */
	if (class == PACKET_CLASS_OUTGOING &&
	    !host_is_local(t, k->version, k->addr[f->direction]))
		return false;
	return host_is_local(t, k->version, k->addr[!f->direction]);
}

/* The sender of a direction: address, port and protocol. */
static uint64_t host_sender_hash(const struct flow_table *t,
				 const uint8_t addr[16], uint64_t tuple,
				 unsigned side)
{
	uint64_t word[HASH_INPUT_WORDS] = {0};

	memcpy(word, addr, 16);
	word[2] = tuple >> (16 * side) & 0xffff;
	/* An ICMP request is known by its identifier and type. */
	if (entry_proto(tuple) == 1 || entry_proto(tuple) == 58)
		word[2] = tuple & UINT32_MAX;
	word[3] = tuple >> 32 & 0xffff;
	return hash_words(&t->key, word);
}

void table_host_note_wire(struct flow_table *t, uint32_t entry,
			  const struct flow_facts *f)
{
	uint64_t hash = host_sender_hash(t, f->key.addr[f->direction],
					 entry_tuple(&f->key), f->direction);
	uint32_t generation = entry_get_u32(&t->cold[entry].generation);

	memo_put(&t->host->wire_only, hash, table_id(t, entry, generation),
		 t->now_ns);
}

void table_host_note_host(struct flow_table *t, uint32_t entry,
			  const struct flow_facts *f)
{
	struct table_host *h = t->host;
	uint32_t generation = entry_get_u32(&t->cold[entry].generation);

	/* Full: the oldest is looked into at once, or never. */
	if (h->only_count == TABLE_HOST_ONLY_MAX) {
		h->only_head = (h->only_head + 1) % TABLE_HOST_ONLY_MAX;
		h->only_count--;
	}
	h->only[(h->only_head + h->only_count++) % TABLE_HOST_ONLY_MAX] =
		(struct table_host_only){
			.id = table_id(t, entry, generation),
			.time_ns = t->now_ns,
			.side = f->direction,
		};
}

static uint64_t host_entry_sender(const struct flow_table *t,
				  const struct entry_hot *hot, unsigned side)
{
	uint64_t word[2] = {entry_get(&hot->addr[2 * side]),
			    entry_get(&hot->addr[2 * side + 1])};
	uint8_t addr[16];

	memcpy(addr, word, sizeof(addr));
	return host_sender_hash(t, addr, entry_get(&hot->tuple), side);
}

/* The flow, if it is on the wire only, of the sender of a host-only one. */
static void host_mark_redirected(struct flow_table *t, uint64_t hash,
				 uint64_t since_ns)
{
	uint64_t id = memo_find(&t->host->wire_only, hash, since_ns,
				VERDICT_REDIRECT_NS);
	uint32_t entry = id != 0 ? table_id_alive(t, id) : TABLE_NONE;
	struct entry_hot *hot;

	if (entry == TABLE_NONE)
		return;
	hot = &t->hot[entry];
	if (!(entry_get_u32(&hot->misc) & ENTRY_MISC_VERDICT))
		return;
	entry_begin(hot);
	for (unsigned s = 0; s < 2; s++) {
		atom_u64 *w = t->verdict[entry].word[s];

		if (entry_get(&w[VERDICT_ELIGIBLE]) > 0 &&
		    entry_get(&w[VERDICT_ACCEPTED]) == 0)
			entry_put(&w[VERDICT_REFUSED],
				  entry_get(&w[VERDICT_REFUSED]) |
					  VERDICT_REDIRECTED);
	}
	entry_end(hot);
}

/*
 * A published port of a container: the wire brings packets to our address and
 * takes our answers, and the host sees neither. Only an answer tells, not what
 * we asked for; a reset is what a refusal looks like.
 */
void table_host_note_answer(struct flow_table *t, uint32_t entry,
			    const struct flow_facts *f)
{
	uint32_t misc = entry_get_u32(&t->hot[entry].misc);
	unsigned asked = !f->direction;
	uint8_t proto = f->key.proto;
	atom_u64 *w = t->verdict[entry].word[asked];
	bool real = proto == 17 || proto == 136 ||
		    (proto == 6 && f->transport_known &&
		     !(f->tcp_flags & TCP_FLAG_RST));

	if (!real || !(misc & ENTRY_MISC_VERDICT) || f->tunnelled ||
	    (f->packet_flags & PACKET_FLAG_CLASS_MASK) !=
		    PACKET_CLASS_OUTGOING ||
	    entry_initiator(misc) != asked ||
	    entry_get(&w[VERDICT_ELIGIBLE]) == 0)
		return;
	entry_put(&w[VERDICT_REFUSED],
		  entry_get(&w[VERDICT_REFUSED]) | VERDICT_REDIRECTED);
}

void table_host_match(struct flow_table *t)
{
	struct table_host *h = t->host;

	while (h && h->only_count > 0) {
		struct table_host_only only = h->only[h->only_head];
		uint32_t entry = table_id_alive(t, only.id);
		struct entry_hot *hot;

		if (t->now_ns < only.time_ns + VERDICT_REDIRECT_NS)
			return;
		h->only_head = (h->only_head + 1) % TABLE_HOST_ONLY_MAX;
		h->only_count--;
		if (entry == TABLE_NONE)
			continue;
		hot = &t->hot[entry];
		/* The wire has shown it since: nothing strange about it. */
		if (entry_get(&hot->side[only.side][ENTRY_PACKETS]) &
		    ENTRY_PACKETS_MASK)
			continue;
		host_mark_redirected(t, host_entry_sender(t, hot, only.side),
				     only.time_ns);
	}
}
