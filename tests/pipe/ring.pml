/*
 * ring.pml: the protocol of src/pipe/ring.c and the way of a block through a
 * pair of rings, for spin. A step (atomic) makes at most one access to what
 * the other side writes; memory is sequentially consistent here, since what weaker orders would
 * do is the business of explore_ring.c.
 *
 * Counters run modulo MOD where the C code runs modulo 2^32, so they wrap all
 * the time. Sequence numbers run modulo SEQS, more than blocks exist, so a
 * block lost, doubled or out of order meets a wrong expectation.
 *
 * Safety (asserts): first in, first out; nothing lost; nothing twice; a block
 * has one owner. Liveness (ltl, under weak fairness): blocks keep arriving,
 * and each one sent arrives.
 *
 * BROKEN selects a wrong variant, to see that the claims can fail:
 *   1 head is published before the slot is written
 *   2 the slot is handed back before it is read
 *   3 the ring believes that it holds one more than it does
 *   4 the producer never looks at tail again
 *   5 the consumer never looks at head again
 *   6 the sender writes a block that it has given away
 */
#ifndef BROKEN
#define BROKEN 0
#endif
#ifndef CAP
#define CAP 2
#endif
#define MOD    (2 * CAP)
#define BLOCKS (CAP + 1)
#define SEQS   (CAP + 2)

#define FILL(head, tail) (((head) + MOD - (tail)) % MOD)
#define ROOM_END         (CAP - 1 + (BROKEN == 3))

mtype = { SENDER, TRANSIT, RECEIVER };

typedef ring {
	byte slots[CAP];
	byte head;	/* written by the producer */
	byte tail_seen; /* the producer's own */
	byte tail;	/* written by the consumer */
	byte head_seen; /* the consumer's own */
}

ring forward, back;
mtype owner[BLOCKS];
byte seq[BLOCKS];
byte sent = SEQS - 1; /* the last one that was sent */
byte got = SEQS - 1;  /* the last one that arrived */

inline ring_put(r, b, ok)
{
	atomic {
		if
		:: FILL(r.head, r.tail_seen) > ROOM_END && BROKEN != 4 ->
			r.tail_seen = r.tail	/* A2 */
		:: else
		fi;
		ok = (FILL(r.head, r.tail_seen) <= ROOM_END)
	}
	if
	:: ok && BROKEN == 1 ->
		r.head = (r.head + 1) % MOD;
		r.slots[(r.head + MOD - 1) % CAP] = b
	:: ok && BROKEN != 1 ->
		r.slots[r.head % CAP] = b;
		r.head = (r.head + 1) % MOD	/* R1 */
	:: else
	fi
}

inline ring_take(r, b, ok)
{
	atomic {
		if
		:: r.head_seen == r.tail && BROKEN != 5 ->
			r.head_seen = r.head	/* A1 */
		:: else
		fi;
		ok = (r.head_seen != r.tail)
	}
	if
	:: ok && BROKEN == 2 ->
		r.tail = (r.tail + 1) % MOD;
		b = r.slots[(r.tail + MOD - 1) % CAP]
	:: ok && BROKEN != 2 ->
		b = r.slots[r.tail % CAP];
		r.tail = (r.tail + 1) % MOD	/* R2 */
	:: else
	fi
}

/*
 * The source's thread: fills empty blocks and puts them forward. Up to CAP + 1
 * are in its hands, so that a full forward ring, too, is reached.
 */
proctype sender()
{
	byte hand[BLOCKS];
	byte held;
	byte b;
	bool ok;

	atomic {
		do
		:: held < BLOCKS ->
			hand[held] = held;
			held++
		:: else -> break
		od
	}
	do
	:: held < BLOCKS ->
		ring_take(back, b, ok);
		atomic {
			if
			:: ok ->
				assert(owner[b] == TRANSIT);
				owner[b] = SENDER;
				hand[held] = b;
				held++
			:: else
			fi;
			b = 0;
			ok = false
		}
	:: held > 0 ->
		atomic {
			b = hand[held - 1];
			assert(owner[b] == SENDER);
			seq[b] = (sent + 1) % SEQS;
			owner[b] = TRANSIT
		}
		ring_put(forward, b, ok);
		atomic {
			if
			:: ok ->
				held--;
				hand[held] = 0;
				sent = (sent + 1) % SEQS
			:: else ->
				owner[b] = SENDER
			fi
		}
		if
		:: ok && BROKEN == 6 -> seq[b] = (sent + 1) % SEQS
		:: else
		fi;
		atomic {
			b = 0;
			ok = false
		}
	od
}

/* A worker: reads a block, gives it back. */
proctype receiver()
{
	byte b;
	bool ok;

	do
	:: ring_take(forward, b, ok);
		if
		:: ok ->
			atomic {
				assert(owner[b] == TRANSIT);
				owner[b] = RECEIVER
			}
			atomic {
				assert(owner[b] == RECEIVER);
				assert(seq[b] == (got + 1) % SEQS);
				got = (got + 1) % SEQS;
				owner[b] = TRANSIT
			}
			do
			:: ring_put(back, b, ok);
				if
				:: ok -> break
				:: else
				fi
			od
		:: else
		fi;
		atomic {
			b = 0;
			ok = false
		}
	od
}

init {
	byte i;

	atomic {
		/* Start there, so that the first turn wraps. */
		forward.head = MOD - 1;
		forward.tail = MOD - 1;
		forward.tail_seen = MOD - 1;
		forward.head_seen = MOD - 1;
		do
		:: i < BLOCKS ->
			owner[i] = SENDER;
			i++
		:: else -> break
		od;
		run sender();
		run receiver()
	}
}

ltl arriving { []<>(got == 0) && []<>(got == 1) }
ltl arrives { [](sent == 2 -> <>(got == 2)) }
