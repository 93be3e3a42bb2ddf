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
	return datagrams_open(&t->host->datagrams, TABLE_DATAGRAM_SETS,
			      "the verdicts", e) &&
	       memo_open(&t->host->wire_only, TABLE_WIRE_ONLY_SETS,
			 "the verdicts", e);
}

void table_host_close(struct flow_table *t)
{
	if (!t->host)
		return;
	memo_close(&t->host->wire_only);
	datagrams_close(&t->host->datagrams);
	memory_unmap(t->host, sizeof(*t->host));
	t->host = NULL;
}

size_t table_host_bytes(const struct flow_table *t)
{
	if (!t->host)
		return 0;
	return sizeof(*t->host) + memo_bytes(&t->host->wire_only) +
	       datagrams_bytes(&t->host->datagrams);
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
	for (unsigned i = 0; i < count && i < FLOW_LOCAL_MAX; i++) {
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

static unsigned host_class(const struct flow_facts *f)
{
	return f->packet_flags & PACKET_FLAG_CLASS_MASK;
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

/* Is this wire packet one, or part of one, that the host vantage should show?
 */
static bool host_expects(const struct flow_table *t, const struct flow_facts *f)
{
	unsigned class = host_class(f);
	const struct flow_key *k = &f->key;

	if (class != PACKET_CLASS_HOST && class != PACKET_CLASS_OUTGOING)
		return false;
	if (f->tunnelled)
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

/* A direction is new on the wire. */
static void host_note_wire(struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f)
{
	uint64_t hash = host_sender_hash(t, f->key.addr[f->direction],
					 entry_tuple(&f->key), f->direction);
	uint32_t generation = entry_get_u32(&t->cold[entry].generation);

	memo_put(&t->host->wire_only, hash, table_id(t, entry, generation),
		 t->now_ns);
}

/* A direction is new at the host. */
static void host_note_host(struct flow_table *t, uint32_t entry,
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
	const atom_u64 *from = &hot->addr[side != 0 ? 2 : 0];
	uint64_t word[2] = {entry_get(&from[0]), entry_get(&from[1])};
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

/* What the wire brings for us in a direction arrives elsewhere. */
static void host_set_redirected(struct flow_table *t, uint32_t entry,
				unsigned side)
{
	atom_u64 *word;

	table_use_verdict(t, entry);
	word = &t->verdict[entry].word[side][VERDICT_REFUSED];
	entry_put(word, entry_get(word) | VERDICT_REDIRECTED);
}

/*
 * A published port of a container: the wire brings packets to our address and
 * takes our answers, and the host sees neither. Only an answer tells, not what
 * we asked for; a reset is what a refusal looks like.
 */
static bool host_is_answer(const struct flow_table *t, uint32_t entry,
			   const struct flow_facts *f)
{
	uint8_t proto = f->key.proto;
	bool real = proto == 17 || proto == 136 ||
		    (proto == 6 && f->transport_known &&
		     !(f->tcp_flags & TCP_FLAG_RST));

	return real && entry_initiator(entry_get_u32(&t->hot[entry].misc)) ==
			       !f->direction;
}

/* Does our side say that it has what came last? Then somebody got it, who
 * has the connection in place of this host. */
static bool host_is_acknowledgement(const struct flow_table *t, uint32_t entry,
				    const struct flow_facts *f)
{
	uint64_t word =
		entry_get(&t->hot[entry].side[!f->direction][ENTRY_SEQ]);

	return f->key.proto == 6 && f->transport_known &&
	       (f->tcp_flags & (TCP_FLAG_ACK | TCP_FLAG_RST)) == TCP_FLAG_ACK &&
	       (int32_t)(f->ack - (uint32_t)word) > 0;
}

/*
 * Does a packet leave with our address and a hop count that no sender begins
 * with? Then it was somebody's behind us, and masqueraded; so the answers go
 * there, and no socket here shows them.
 */
static bool host_is_masqueraded(const struct flow_table *t,
				const struct flow_facts *f)
{
	const struct flow_key *k = &f->key;

	switch (f->ttl) {
	case 1: /* for neighbours only */
	case 32:
	case 64:
	case 128:
	case 255:
		return false;
	default:
		return host_is_local(t, k->version, k->addr[f->direction]) &&
		       !host_is_local(t, k->version, k->addr[!f->direction]);
	}
}

/* Is this the packet that a flow has shown last in a direction? */
static bool host_is_last(const struct entry_hot *hot, unsigned side,
			 const struct flow_facts *f)
{
	uint32_t label = f->key.version == 6 ? f->flow_label : f->ip_id;
	const atom_u64 *word = hot->side[side];

	return (entry_get(&word[ENTRY_HEADERS]) >> 28 & 0xfffff) ==
		       (label & 0xfffff) &&
	       (f->key.proto != 6 ||
		(uint32_t)entry_get(&word[ENTRY_SEQ]) == f->seq);
}

/*
 * The first packet of a direction leaves with another's address: forwarded.
 * Where its sender has just sent the same to us, that was rewritten, and
 * went this way.
 */
static void host_match_forwarded(struct flow_table *t, uint32_t entry,
				 const struct flow_facts *f)
{
	uint64_t sender = host_sender_hash(t, f->key.addr[f->direction],
					   entry_tuple(&f->key), f->direction);
	uint64_t id = memo_find(&t->host->wire_only, sender, t->now_ns,
				VERDICT_REDIRECT_NS);
	uint32_t other = id != 0 ? table_id_alive(t, id) : TABLE_NONE;
	struct entry_hot *hot;

	if (other == TABLE_NONE || other == entry ||
	    host_is_local(t, f->key.version, f->key.addr[f->direction]))
		return;
	hot = &t->hot[other];
	for (unsigned s = 0; s < 2; s++) {
		if (host_entry_sender(t, hot, s) != sender ||
		    !host_is_last(hot, s, f))
			continue;
		entry_begin(hot);
		host_set_redirected(t, other, s);
		entry_end(hot);
	}
}

/* What leaves tells who gets what comes. */
static void host_note_outgoing(struct flow_table *t, uint32_t entry,
			       const struct flow_facts *f)
{
	uint32_t misc = entry_get_u32(&t->hot[entry].misc);
	bool asked =
		(misc & ENTRY_MISC_VERDICT) &&
		entry_get(&t->verdict[entry]
				   .word[!f->direction][VERDICT_ELIGIBLE]) > 0;

	if (host_class(f) != PACKET_CLASS_OUTGOING || f->tunnelled)
		return;
	if ((asked && (host_is_answer(t, entry, f) ||
		       host_is_acknowledgement(t, entry, f))) ||
	    host_is_masqueraded(t, f))
		host_set_redirected(t, entry, !f->direction);
	if ((entry_get(&t->hot[entry].side[f->direction][ENTRY_PACKETS]) &
	     ENTRY_PACKETS_MASK) == 1)
		host_match_forwarded(t, entry, f);
}

/* Is a datagram whole with this fragment of it, and counted in this flow? */
static bool host_is_whole(struct flow_table *t, uint32_t entry,
			  const struct flow_facts *f)
{
	struct datagram_piece piece = {
		.begin = f->fragment_at & ~7u,
		.bytes = f->fragment_bytes,
		.more = f->fragment_at & FLOW_FRAGMENT_MORE,
	};
	uint64_t id;

	if (f->fragment == VIEW_WHOLE)
		return true;
	id = table_id(t, entry, entry_get_u32(&t->cold[entry].generation));
	return datagrams_add(&t->host->datagrams, table_datagram_hash(t, f),
			     &piece,
			     f->fragment == VIEW_FRAGMENT_FIRST ? id : 0,
			     f->time_ns) == id;
}

void table_host_foresee_wire(struct flow_table *t, uint32_t entry,
			     const struct flow_facts *f)
{
	struct entry_verdict *v = &t->verdict[entry];
	uint64_t last_ns =
		entry_get(&t->hot[entry].side[f->direction][ENTRY_LAST]);

	/* Behind a cut there is no last packet. */
	if (last_ns == 0 || f->time_ns < last_ns ||
	    f->time_ns - last_ns < VERDICT_GRACE_NS)
		return;
	if ((entry_get_u32(&t->hot[entry].misc) & ENTRY_MISC_VERDICT) &&
	    entry_get(&v->word[f->direction][VERDICT_MARK_NS]) != 0)
		verdict_end_silence(v, f->direction, last_ns);
}

void table_host_put_wire(struct flow_table *t, uint32_t entry,
			 const struct flow_facts *f, uint8_t slot, bool home)
{
	struct entry_verdict *v = &t->verdict[entry];

	if (home)
		host_note_outgoing(t, entry, f);
	if (!host_expects(t, f))
		return;
	table_use_verdict(t, entry);
	if (!verdict_take_home(v, f->direction, slot, f->time_ns) ||
	    !host_is_whole(t, entry, f))
		return;
	if (entry_get(&v->word[f->direction][VERDICT_ELIGIBLE]) == 0)
		host_note_wire(t, entry, f);
	verdict_count_wire(v, f->direction, f->time_ns);
}

void table_host_put_host(struct flow_table *t, uint32_t entry,
			 const struct flow_facts *f)
{
	struct entry_verdict *v = &t->verdict[entry];
	atom_u64 *word = v->word[f->direction];
	uint64_t last_ns =
		entry_get(&t->hot[entry].side[f->direction][ENTRY_LAST]);

	if (f->tunnelled)
		return;
	table_use_verdict(t, entry);
	/* Its sight on the wire was perhaps for no verdict: it stands for what
	 * the wire had shown before, and never for what was refused. */
	if (host_class(f) == PACKET_CLASS_UNKNOWN &&
	    !verdict_is_owed(v, f->direction, last_ns, t->now_ns)) {
		entry_put(&word[VERDICT_REFUSED],
			  entry_get(&word[VERDICT_REFUSED]) | VERDICT_SHOWN);
		return;
	}
	if (entry_get(&word[VERDICT_ELIGIBLE]) == 0 &&
	    entry_get(&word[VERDICT_ACCEPTED]) == 0)
		host_note_host(t, entry, f);
	verdict_count_host(v, f->direction, f->time_ns);
}

void table_host_forget(struct flow_table *t)
{
	if (t->host)
		t->host->only_count = 0;
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
