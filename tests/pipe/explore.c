#include "tests/pipe/explore.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define ACTORS	     (EXPLORE_THREADS_MAX + 1) /* and actor 0, which sets up */
#define CELLS_MAX    8
#define STORES_MAX   32
#define STEPS_MAX    256
#define STACK_BYTES  65536
#define SHADOW_SLOTS 512
/* Plain memory is watched in units of this many bytes. */
#define SHADOW_UNIT 4
#define STATES_MAX  (1u << 22)

/* What a thread knows: per cell the oldest store it may return, and per actor
 * how much of what that actor did happens before now. */
struct knowledge {
	uint32_t seen[CELLS_MAX];
	uint32_t clock[ACTORS];
};

struct store {
	uint32_t value;
	struct knowledge carried;
};

struct cell {
	const uint32_t *address;
	unsigned int writer; /* the thread that stores; 0: none did */
	uint32_t count;
	struct store stores[STORES_MAX];
};

enum op_kind { OP_NONE, OP_LOAD, OP_STORE };

struct actor {
	ucontext_t context;
	char stack[STACK_BYTES];
	void (*body)(void);
	bool ended;
	struct knowledge knows;
	uint64_t history; /* hash of all it did and returned */
	/* The access at which it waits to be scheduled, and its answer. */
	enum op_kind op;
	unsigned int cell;
	enum explore_order order;
	uint32_t value;
};

/* Who touched a unit of plain memory last, by their own clocks. */
struct shadow {
	uintptr_t unit; /* 0: unused */
	unsigned int writer;
	uint32_t written;
	uint32_t read[ACTORS];
};

/* One decision: which of `count` (thread, store) pairs. */
struct choice {
	uint16_t taken;
	uint16_t count;
};

struct step {
	unsigned int actor;
	enum op_kind op;
	unsigned int cell;
	uint32_t store;
	uint32_t value;
};

static struct {
	const struct explore_program *program;
	ucontext_t scheduler;
	struct actor actors[ACTORS];
	struct actor *running; /* NULL: the explorer itself */
	struct cell cells[CELLS_MAX];
	unsigned int cell_count;
	struct shadow shadow[SHADOW_SLOTS];
	struct choice choices[STEPS_MAX];
	unsigned int choice_count;
	struct step steps[STEPS_MAX];
	unsigned int step_count;
	uint64_t *states; /* hash set of what was explored; 0 is unused */
	uint64_t state_count;
	uint64_t runs;
	char failure[512];
} x;

static uint64_t hash_mix(uint64_t h, uint64_t v)
{
	h ^= v + UINT64_C(0x9e3779b97f4a7c15) + (h << 6) + (h >> 2);
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 29;
	h *= UINT64_C(0x94d049bb133111eb);
	return h ^ h >> 32;
}

static unsigned int actor_index(const struct actor *a)
{
	return (unsigned int)(a - x.actors);
}

static void actor_leave(struct actor *a)
{
	x.running = NULL;
	swapcontext(&a->context, &x.scheduler);
}

static void actor_enter(struct actor *a)
{
	x.running = a;
	swapcontext(&x.scheduler, &a->context);
	x.running = NULL;
}

/* The program does not fit the explorer: no verdict. */
__attribute__((format(printf, 1, 2))) static _Noreturn void
explore_stop(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "explore: %s: ", x.program->name);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

_Noreturn void explore_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(x.failure, sizeof(x.failure), format, args);
	va_end(args);
	if (x.running)
		actor_leave(x.running);
	/* A thread that left is not entered again; this is the explorer's. */
	explore_stop("%s", x.failure);
}

/* An assert in the code under test is a violation like others. */
_Noreturn void __assert_fail(const char *text, const char *file,
			     unsigned int line, const char *function)
{
	explore_fail("assert(%s) in %s, %s:%u", text, function, file, line);
}

/* -- Atomic cells ------------------------------------------------------- */

static unsigned int cell_find(const uint32_t *address)
{
	for (unsigned int i = 0; i < x.cell_count; i++)
		if (x.cells[i].address == address)
			return i;
	if (x.cell_count == CELLS_MAX)
		explore_stop("the program has more than %d cells", CELLS_MAX);
	x.cells[x.cell_count].address = address;
	return x.cell_count++;
}

static void know_also(struct knowledge *k, const struct knowledge *other)
{
	for (unsigned int i = 0; i < CELLS_MAX; i++)
		if (k->seen[i] < other->seen[i])
			k->seen[i] = other->seen[i];
	for (unsigned int i = 0; i < ACTORS; i++)
		if (k->clock[i] < other->clock[i])
			k->clock[i] = other->clock[i];
}

/* The load that `a` waits for returns store number n. */
static void cell_load(struct actor *a, uint32_t n)
{
	const struct store *s = &x.cells[a->cell].stores[n];

	a->value = s->value;
	a->knows.seen[a->cell] = n;
	if (a->order == EXPLORE_ORDERED)
		know_also(&a->knows, &s->carried);
	a->history = hash_mix(a->history, (uint64_t)a->cell << 32 | n);
}

static void cell_store(struct actor *a)
{
	struct cell *c = &x.cells[a->cell];
	unsigned int self = actor_index(a);
	struct store *s = &c->stores[c->count];

	if (c->count == STORES_MAX)
		explore_stop("more than %d stores to a cell", STORES_MAX);
	if (self != 0) {
		if (c->writer != 0 && c->writer != self)
			explore_stop("a cell has two writers");
		c->writer = self;
	}
	*s = (struct store){.value = a->value};
	a->knows.seen[a->cell] = c->count;
	if (a->order == EXPLORE_ORDERED) {
		s->carried = a->knows;
		a->knows.clock[self]++;
	}
	s->carried.seen[a->cell] = c->count++;
	a->history = hash_mix(a->history, (uint64_t)a->cell << 32 | 1u << 31);
}

/* How many stores the access that `a` waits for can choose from. */
static uint32_t op_choices(const struct actor *a)
{
	if (a->op != OP_LOAD)
		return 1;
	return x.cells[a->cell].count - a->knows.seen[a->cell];
}

/* Choice 0 is the newest store. */
static void op_perform(struct actor *a, uint32_t choice)
{
	uint32_t newest = x.cells[a->cell].count - 1;
	struct step *s = &x.steps[x.step_count];

	if (x.step_count == STEPS_MAX)
		explore_stop("more than %d steps", STEPS_MAX);
	if (a->op == OP_LOAD)
		cell_load(a, newest - choice);
	else
		cell_store(a);
	*s = (struct step){.actor = actor_index(a),
			   .op = a->op,
			   .cell = a->cell,
			   .store = a->knows.seen[a->cell],
			   .value = a->value};
	x.step_count++;
	a->op = OP_NONE;
}

/* A thread waits here to be scheduled; set-up and finish run alone. */
static void op_await(struct actor *a)
{
	if (actor_index(a) == 0)
		op_perform(a, 0);
	else
		actor_leave(a);
}

uint32_t explore_load(const uint32_t *cell, enum explore_order order)
{
	struct actor *a = x.running;

	assert(a);
	a->cell = cell_find(cell);
	if (x.cells[a->cell].count == 0)
		explore_stop("a load from a cell that was never stored");
	a->op = OP_LOAD;
	a->order = order;
	op_await(a);
	return a->value;
}

void explore_store(uint32_t *cell, uint32_t value, enum explore_order order)
{
	struct actor *a = x.running;

	assert(a);
	a->cell = cell_find(cell);
	a->op = OP_STORE;
	a->order = order;
	a->value = value;
	op_await(a);
	*cell = value;
}

/* -- Plain memory ------------------------------------------------------- */

static struct shadow *shadow_find(uintptr_t unit)
{
	size_t i = (size_t)(hash_mix(0, unit) % SHADOW_SLOTS);

	for (unsigned int n = 0; n < SHADOW_SLOTS; n++) {
		struct shadow *s = &x.shadow[(i + n) % SHADOW_SLOTS];

		if (s->unit == unit)
			return s;
		if (s->unit == 0) {
			s->unit = unit;
			return s;
		}
	}
	explore_stop("more than %d words of plain memory", SHADOW_SLOTS);
}

static void plain_read(struct actor *a, struct shadow *s)
{
	if (s->written > a->knows.clock[s->writer])
		explore_fail("data race: actor %u reads what actor %u wrote",
			     actor_index(a), s->writer);
	s->read[actor_index(a)] = a->knows.clock[actor_index(a)];
}

static void plain_write(struct actor *a, struct shadow *s)
{
	if (s->written > a->knows.clock[s->writer])
		explore_fail("data race: actor %u overwrites what actor %u "
			     "wrote",
			     actor_index(a), s->writer);
	for (unsigned int i = 0; i < ACTORS; i++)
		if (s->read[i] > a->knows.clock[i])
			explore_fail("data race: actor %u overwrites what "
				     "actor %u read",
				     actor_index(a), i);
	s->writer = actor_index(a);
	s->written = a->knows.clock[s->writer];
}

static void plain_access(const void *p, size_t size, bool write)
{
	uintptr_t unit = (uintptr_t)p / SHADOW_UNIT;
	uintptr_t end = ((uintptr_t)p + size - 1) / SHADOW_UNIT;
	struct actor *a = x.running;

	if (!a)
		return;
	for (; unit <= end; unit++) {
		struct shadow *s = shadow_find(unit);

		if (write)
			plain_write(a, s);
		else
			plain_read(a, s);
	}
}

/* The calls that -fsanitize=thread compiles in. */
#define TSAN_ACCESS(size)                                                      \
	void __tsan_read##size(void *p);                                       \
	void __tsan_write##size(void *p);                                      \
	void __tsan_read##size(void *p)                                        \
	{                                                                      \
		plain_access(p, size, false);                                  \
	}                                                                      \
	void __tsan_write##size(void *p)                                       \
	{                                                                      \
		plain_access(p, size, true);                                   \
	}
TSAN_ACCESS(1)
TSAN_ACCESS(2)
TSAN_ACCESS(4)
TSAN_ACCESS(8)
TSAN_ACCESS(16)

void __tsan_read_range(const void *p, size_t size);
void __tsan_write_range(const void *p, size_t size);
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int byte, size_t size);

void __tsan_read_range(const void *p, size_t size)
{
	plain_access(p, size, false);
}

void __tsan_write_range(const void *p, size_t size)
{
	plain_access(p, size, true);
}

void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	plain_access(from, size, false);
	plain_access(to, size, true);
	return memcpy(to, from, size);
}

void *__tsan_memset(void *to, int byte, size_t size)
{
	plain_access(to, size, true);
	return memset(to, byte, size);
}

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void *caller);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void *caller)
{
	(void)caller;
}

/* -- Exploring ---------------------------------------------------------- */

static void actor_main(void)
{
	struct actor *a = x.running;

	a->body();
	a->ended = true;
	actor_leave(a);
}

static void actor_start(struct actor *a, void (*body)(void),
			const struct knowledge *from)
{
	unsigned int self = actor_index(a);

	getcontext(&a->context);
	a->context.uc_stack.ss_sp = a->stack;
	a->context.uc_stack.ss_size = sizeof(a->stack);
	a->context.uc_link = NULL;
	makecontext(&a->context, actor_main, 0);
	a->body = body;
	a->ended = false;
	a->op = OP_NONE;
	a->history = 0;
	if (from)
		a->knows = *from;
	else
		memset(&a->knows, 0, sizeof(a->knows));
	a->knows.clock[self]++;
}

/* Adds the state to the set; false when it was there. */
static bool state_is_new(void)
{
	uint64_t h = 0;

	for (unsigned int i = 1; i <= x.program->threads; i++)
		h = hash_mix(h, x.actors[i].history);
	if (h == 0)
		h = 1;
	for (size_t i = (size_t)(h % STATES_MAX);; i = (i + 1) % STATES_MAX) {
		if (x.states[i] == h)
			return false;
		if (x.states[i] == 0) {
			x.states[i] = h;
			break;
		}
	}
	if (++x.state_count > STATES_MAX / 4 * 3)
		explore_stop("too many states");
	return true;
}

/* How many (thread, store) pairs can be next. */
static uint32_t schedule_count(void)
{
	uint32_t n = 0;

	for (unsigned int i = 1; i <= x.program->threads; i++)
		if (!x.actors[i].ended)
			n += op_choices(&x.actors[i]);
	return n;
}

/* Performs the pair number n and runs that thread up to its next access. */
static void schedule_take(uint32_t n)
{
	for (unsigned int i = 1; i <= x.program->threads; i++) {
		struct actor *a = &x.actors[i];
		uint32_t mine = a->ended ? 0 : op_choices(a);

		if (n < mine) {
			op_perform(a, n);
			actor_enter(a);
			return;
		}
		n -= mine;
	}
	explore_stop("a choice that does not exist");
}

/* Runs a set-up or finish body alone, as actor 0. */
static void run_alone(void (*body)(void), const struct knowledge *from)
{
	if (!body)
		return;
	actor_start(&x.actors[0], body, from);
	actor_enter(&x.actors[0]);
}

static void run_reset(void)
{
	for (unsigned int i = 0; i < CELLS_MAX; i++) {
		x.cells[i].count = 0;
		x.cells[i].writer = 0;
	}
	memset(x.shadow, 0, sizeof(x.shadow));
	x.step_count = 0;
	x.runs++;
}

/* One execution along the choices taken so far, then along first choices. */
static void run_once(void)
{
	struct knowledge all = {0};
	unsigned int depth = 0;
	uint32_t count;

	run_reset();
	run_alone(x.program->setup, NULL);
	for (unsigned int i = 1; i <= x.program->threads && !x.failure[0];
	     i++) {
		actor_start(&x.actors[i], x.program->thread[i - 1],
			    &x.actors[0].knows);
		actor_enter(&x.actors[i]);
	}
	while (!x.failure[0] && (count = schedule_count()) > 0) {
		if (depth == x.choice_count) {
			if (!state_is_new())
				return;
			if (depth == STEPS_MAX)
				explore_stop("more than %d steps", STEPS_MAX);
			x.choices[x.choice_count++] =
				(struct choice){0, (uint16_t)count};
		}
		assert(x.choices[depth].count == count);
		schedule_take(x.choices[depth++].taken);
	}
	if (x.failure[0])
		return;
	for (unsigned int i = 0; i <= x.program->threads; i++)
		know_also(&all, &x.actors[i].knows);
	run_alone(x.program->finish, &all);
}

/* Moves on to the next unexplored branch; false when there is none. */
static bool choices_advance(void)
{
	while (x.choice_count > 0) {
		struct choice *c = &x.choices[x.choice_count - 1];

		if (++c->taken < c->count)
			return true;
		x.choice_count--;
	}
	return false;
}

static void print_steps(void)
{
	for (unsigned int i = 0; i < x.step_count; i++) {
		const struct step *s = &x.steps[i];
		const struct cell *c = &x.cells[s->cell];

		printf("     actor %u %s cell %u %s %u", s->actor,
		       s->op == OP_LOAD ? "loads" : "stores", s->cell,
		       s->op == OP_LOAD ? "=" : ":=", s->value);
		if (s->op == OP_LOAD && s->store + 1 < c->count)
			printf(" (store %u of %u)", s->store + 1, c->count);
		putchar('\n');
	}
}

bool explore_run(const struct explore_program *program)
{
	static uint64_t states[STATES_MAX];

	assert(program->threads <= EXPLORE_THREADS_MAX);
	x.program = program;
	x.states = states;
	memset(states, 0, sizeof(states));
	x.state_count = 0;
	x.runs = 0;
	x.choice_count = 0;
	x.cell_count = 0;
	x.failure[0] = '\0';
	do {
		run_once();
	} while (!x.failure[0] && choices_advance());
	return !x.failure[0];
}

void explore_report(void)
{
	if (x.failure[0]) {
		printf("FAIL %s: %s\n", x.program->name, x.failure);
		print_steps();
		return;
	}
	printf("ok   %s: %llu states, %llu runs\n", x.program->name,
	       (unsigned long long)x.state_count, (unsigned long long)x.runs);
}
