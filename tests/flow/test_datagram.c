/* Which datagrams in fragments were seen whole. */
#include "flow/datagram.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define T0 (UINT64_C(1700000000) * 1000 * 1000 * 1000)

static struct datagrams open_sets(uint32_t sets)
{
	struct datagrams d;
	struct err e;

	if (!datagrams_open(&d, sets, "the test", &e))
		abort();
	return d;
}

/* Fragment number n of `count`, of 80 bytes each; the flow is number 9. */
static uint64_t add(struct datagrams *d, uint64_t hash, unsigned n,
		    unsigned count, uint64_t now_ns)
{
	struct datagram_piece p = {n * 80, 80, n + 1 < count};

	return datagrams_add(d, hash, &p, n == 0 ? 9 : 0, now_ns);
}

Test(datagram, is_whole_with_its_last_missing_piece_in_any_order)
{
	static const unsigned orders[][4] = {
		{0, 1, 2, 3}, {3, 2, 1, 0}, {0, 2, 1, 3},
		{3, 0, 2, 1}, {1, 3, 0, 2},
	};
	struct datagrams d = open_sets(1);

	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		for (unsigned n = 0; n < 4; n++)
			cr_assert_eq(add(&d, 7, orders[i][n], 4, T0 + n),
				     n == 3 ? 9 : 0, "order %u, piece %u", i,
				     n);
	datagrams_close(&d);
}

Test(datagram, a_piece_that_comes_twice_changes_nothing)
{
	struct datagrams d = open_sets(1);

	cr_assert_eq(add(&d, 7, 0, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 0, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 1, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 0, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 1, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 2, 3, T0), 9);
	/* The kernel has forgotten it: this begins another one. */
	cr_assert_eq(add(&d, 7, 0, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 2, 3, T0), 0);
	cr_assert_eq(add(&d, 7, 1, 3, T0), 9);
	datagrams_close(&d);
}

/* Adds pieces, ended by one of no bytes; is the datagram whole at any? */
static bool ever_whole(const struct datagram_piece *p)
{
	struct datagrams d = open_sets(1);
	bool whole = false;

	for (; p->bytes > 0; p++)
		whole |=
			datagrams_add(&d, 7, p, p->begin == 0 ? 9 : 0, T0) != 0;
	datagrams_close(&d);
	return whole;
}

Test(datagram, what_the_kernel_would_not_put_together_is_never_whole)
{
	const struct datagram_piece overlap[] = {
		{0, 80, true}, {72, 80, true}, {80, 80, false}, {0, 0, false}};
	const struct datagram_piece two_ends[] = {
		{80, 80, false}, {80, 88, false}, {0, 80, true}, {0, 0, false}};
	const struct datagram_piece beyond[] = {
		{80, 80, false}, {160, 80, true}, {0, 80, true}, {0, 0, false}};
	const struct datagram_piece behind[] = {
		{160, 80, true}, {80, 80, false}, {0, 80, true}, {0, 0, false}};
	const struct datagram_piece odd[] = {
		{0, 79, true}, {79, 80, false}, {0, 0, false}};
	const struct datagram_piece huge[] = {
		{0, 65528, true}, {65528, 8, false}, {0, 0, false}};
	const struct datagram_piece good[] = {
		{0, 65528, true}, {65528, 7, false}, {0, 0, false}};

	cr_assert_not(ever_whole(overlap));
	cr_assert_not(ever_whole(two_ends));
	cr_assert_not(ever_whole(beyond));
	cr_assert_not(ever_whole(behind));
	cr_assert_not(ever_whole(odd));
	cr_assert_not(ever_whole(huge));
	cr_assert(ever_whole(good));
}

Test(datagram, is_given_up_after_the_kernels_time)
{
	struct datagrams d = open_sets(1);

	cr_assert_eq(add(&d, 7, 0, 2, T0), 0);
	cr_assert_eq(add(&d, 7, 1, 2, T0 + DATAGRAM_LIFE_NS + 1), 0);
	cr_assert_eq(add(&d, 7, 0, 2, T0 + DATAGRAM_LIFE_NS + 2), 9);
	datagrams_close(&d);
}

Test(datagram, one_for_which_there_is_no_room_is_never_whole)
{
	struct datagrams d = open_sets(1);

	/* Five at a time in a set of four: the oldest has gone. */
	for (uint64_t hash = 1; hash <= 5; hash++)
		cr_assert_eq(add(&d, hash, 0, 2, T0 + hash), 0);
	cr_assert_eq(add(&d, 1, 1, 2, T0 + 9), 0);
	cr_assert_eq(add(&d, 5, 1, 2, T0 + 9), 9);
	/* Five runs of bytes in a row of four. */
	for (unsigned n = 0; n < 10; n += 2)
		cr_assert_eq(add(&d, 6, n, 10, T0 + 10), 0);
	for (unsigned n = 1; n < 10; n += 2)
		cr_assert_eq(add(&d, 6, n, 10, T0 + 11), 0);
	datagrams_close(&d);
}
