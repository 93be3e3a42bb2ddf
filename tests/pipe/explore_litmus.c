/*
 * Tests the explorer itself: small programs of two to four accesses whose
 * outcomes under C11 are known. An explorer that allowed too little would
 * prove rings right that are wrong.
 */
#include "base/atom.h"

#include <stdio.h>

static atom_u32 a, b;
static uint32_t data;
static uint32_t got[4];

static void setup(void)
{
	atom_store_relaxed_u32(&a, 0);
	atom_store_relaxed_u32(&b, 0);
	data = 0;
	got[0] = got[1] = got[2] = got[3] = 0;
}

/* Message passing: a is the message, b says that it is there. */
static void pass_relaxed(void)
{
	atom_store_relaxed_u32(&a, 1);
	atom_store_relaxed_u32(&b, 1);
}

static void pass_release(void)
{
	atom_store_relaxed_u32(&a, 1);
	atom_store_release_u32(&b, 1);
}

static void receive_relaxed(void)
{
	got[0] = atom_load_relaxed_u32(&b);
	got[1] = atom_load_relaxed_u32(&a);
}

static void receive_acquire(void)
{
	got[0] = atom_load_acquire_u32(&b);
	got[1] = atom_load_relaxed_u32(&a);
}

static void want_message(void)
{
	if (got[0] == 1 && got[1] == 0)
		explore_fail("the flag came before the message");
}

/* The same with plain memory. */
static void pass_data_relaxed(void)
{
	data = 7;
	atom_store_relaxed_u32(&b, 1);
}

static void pass_data_release(void)
{
	data = 7;
	atom_store_release_u32(&b, 1);
}

static void receive_data_acquire(void)
{
	if (atom_load_acquire_u32(&b) == 1 && data != 7)
		explore_fail("wrong data");
}

static void receive_data_relaxed(void)
{
	if (atom_load_relaxed_u32(&b) == 1 && data != 7)
		explore_fail("wrong data");
}

/* Written after it was handed over. */
static void pass_data_twice(void)
{
	data = 7;
	atom_store_release_u32(&b, 1);
	data = 7;
}

/* Store buffering: each misses the other's store. */
static void store_a_load_b(void)
{
	atom_store_release_u32(&a, 1);
	got[0] = atom_load_acquire_u32(&b);
}

static void store_b_load_a(void)
{
	atom_store_release_u32(&b, 1);
	got[1] = atom_load_acquire_u32(&a);
}

static void want_one_seen(void)
{
	if (got[0] == 0 && got[1] == 0)
		explore_fail("both loads missed both stores");
}

/* Coherence: one cell never goes back. */
static void store_twice(void)
{
	atom_store_relaxed_u32(&a, 1);
	atom_store_relaxed_u32(&a, 2);
}

static void load_twice(void)
{
	got[0] = atom_load_relaxed_u32(&a);
	got[1] = atom_load_relaxed_u32(&a);
}

static void want_no_step_back(void)
{
	if (got[0] > got[1])
		explore_fail("a cell went back");
}

static void want_first_seen(void)
{
	if (got[0] == 1 && got[1] == 1)
		explore_fail("an old store was returned twice");
}

/* Causality through a third thread. */
static void cause(void)
{
	data = 7;
	atom_store_release_u32(&a, 1);
}

static void relay(void)
{
	got[2] = atom_load_acquire_u32(&a);
	if (got[2] == 1)
		atom_store_release_u32(&b, 1);
}

static void relay_relaxed(void)
{
	got[2] = atom_load_relaxed_u32(&a);
	if (got[2] == 1)
		atom_store_release_u32(&b, 1);
}

static void second_writer(void)
{
	data = 8;
}

static void first_writer(void)
{
	data = 7;
}

static const struct {
	struct explore_program program;
	bool holds;
} litmus[] = {
	{{"passing, both relaxed",
	  setup,
	  2,
	  {pass_relaxed, receive_relaxed},
	  want_message},
	 false},
	{{"passing, store relaxed",
	  setup,
	  2,
	  {pass_relaxed, receive_acquire},
	  want_message},
	 false},
	{{"passing, load relaxed",
	  setup,
	  2,
	  {pass_release, receive_relaxed},
	  want_message},
	 false},
	{{"passing, release and acquire",
	  setup,
	  2,
	  {pass_release, receive_acquire},
	  want_message},
	 true},
	{{"plain data, store relaxed",
	  setup,
	  2,
	  {pass_data_relaxed, receive_data_acquire},
	  NULL},
	 false},
	{{"plain data, load relaxed",
	  setup,
	  2,
	  {pass_data_release, receive_data_relaxed},
	  NULL},
	 false},
	{{"plain data, release and acquire",
	  setup,
	  2,
	  {pass_data_release, receive_data_acquire},
	  NULL},
	 true},
	{{"plain data, written after the release",
	  setup,
	  2,
	  {pass_data_twice, receive_data_acquire},
	  NULL},
	 false},
	{{"plain data, two writers",
	  setup,
	  2,
	  {first_writer, second_writer},
	  NULL},
	 false},
	{{"store buffering",
	  setup,
	  2,
	  {store_a_load_b, store_b_load_a},
	  want_one_seen},
	 false},
	{{"coherence, never back",
	  setup,
	  2,
	  {store_twice, load_twice},
	  want_no_step_back},
	 true},
	{{"coherence, stale twice",
	  setup,
	  2,
	  {store_twice, load_twice},
	  want_first_seen},
	 false},
	{{"causality through a third",
	  setup,
	  3,
	  {cause, relay, receive_data_acquire},
	  NULL},
	 true},
	{{"causality, relay relaxed",
	  setup,
	  3,
	  {cause, relay_relaxed, receive_data_acquire},
	  NULL},
	 false},
	/* What the relay has read, even relaxed, nobody after it unreads. */
	{{"coherence through a third",
	  setup,
	  3,
	  {cause, relay_relaxed, receive_acquire},
	  want_message},
	 true},
};

int main(void)
{
	int status = 0;

	for (size_t i = 0; i < sizeof(litmus) / sizeof(litmus[0]); i++) {
		const char *name = litmus[i].program.name;
		bool holds = explore_run(&litmus[i].program);

		if (holds == litmus[i].holds) {
			printf("ok   litmus, %s: %s\n", name,
			       holds ? "holds" : "fails as it must");
		} else {
			printf("FAIL litmus, %s: must %s\n", name,
			       litmus[i].holds ? "hold" : "fail");
			explore_report();
			status = 1;
		}
	}
	return status;
}
