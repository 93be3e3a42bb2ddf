#include "ui/guard.h"

#include "base/fault.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The screen has this long to end after it was asked to: it may hang in a
 * write to a terminal that nobody reads. */
#define QUIT_GRACE_S 3

#define STACK_SIZE 65536

enum guard_kind {
	FATAL,
	QUIT,
	NOTED,
	IGNORED,
};

static const struct guard_signal {
	int number;
	enum guard_kind kind;
} signals[] = {
	{SIGSEGV, FATAL},   {SIGBUS, FATAL},  {SIGFPE, FATAL},
	{SIGILL, FATAL},    {SIGABRT, FATAL}, {SIGQUIT, FATAL},
	{SIGSYS, FATAL},    {SIGTRAP, FATAL}, {SIGALRM, FATAL},
	{SIGXCPU, FATAL},   {SIGUSR1, FATAL}, {SIGUSR2, FATAL},
	{SIGTERM, QUIT},    {SIGHUP, QUIT},   {SIGINT, QUIT},
	{SIGWINCH, NOTED},  {SIGTSTP, NOTED}, {SIGCONT, NOTED},
	{SIGPIPE, IGNORED},
};

#define SIGNAL_COUNT (sizeof(signals) / sizeof(*signals))

static struct guard {
	volatile sig_atomic_t armed;
	volatile sig_atomic_t quit, resized, stop, continued;
	int fd;
	int wake[2];
	struct termios termios;
	char bytes[GUARD_BYTES_MAX];
	size_t count;
	struct sigaction old[SIGNAL_COUNT];
	stack_t old_stack;
	void *stack;
} guard = {.wake = {-1, -1}};

/* Writes only what the terminal takes now: one that nobody reads must not
 * hold up the end. */
static void write_bytes(void)
{
	struct pollfd p = {.fd = guard.fd, .events = POLLOUT};
	ssize_t ignored;

	if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT)) {
		ignored = write(guard.fd, guard.bytes, guard.count);
		(void)ignored;
	}
}

/* Async-signal-safe. */
static void restore_terminal(void)
{
	if (!guard.armed)
		return;
	guard.armed = 0;
	tcsetattr(guard.fd, TCSANOW, &guard.termios);
	write_bytes();
}

static void wake_screen(void)
{
	ssize_t ignored = write(guard.wake[1], "", 1);

	(void)ignored; /* full: it is awake */
}

static const struct sigaction *old_action(int number)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		if (signals[i].number == number)
			return &guard.old[i];
	}
	return NULL;
}

static void on_fatal(int number)
{
	const struct sigaction *old;

	/* The grace is over: it dies of what asked it to end. */
	if (number == SIGALRM && guard.quit != 0)
		number = guard.quit;
	old = old_action(number);
	restore_terminal();
	/* It does now what it would have done without a screen. A fault comes
	 * again by itself when this returns; raise covers the others. */
	sigaction(number, old, NULL);
	raise(number);
}

/* A mapped file may be cut: that is mended, and the screen goes on. */
static void on_bus(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (!fault_mend(info))
		on_fatal(number);
}

static void on_quit(int number)
{
	if (guard.quit) {
		on_fatal(number);
		return;
	}
	guard.quit = number;
	alarm(QUIT_GRACE_S);
	wake_screen();
}

static void on_noted(int number)
{
	if (number == SIGWINCH)
		guard.resized = 1;
	else if (number == SIGTSTP)
		guard.stop = 1;
	else
		guard.continued = 1;
	wake_screen();
}

static void take_signal(size_t i)
{
	struct sigaction action = {.sa_flags = SA_RESTART};

	sigemptyset(&action.sa_mask);
	/* What the starter of the process wants ignored stays so: nohup. */
	if (signals[i].kind == QUIT && guard.old[i].sa_handler == SIG_IGN)
		return;
	switch (signals[i].kind) {
	case FATAL:
		/* The stack may be what is broken. */
		action.sa_flags = SA_ONSTACK;
		action.sa_handler = on_fatal;
		if (signals[i].number == SIGBUS) {
			action.sa_flags |= SA_SIGINFO;
			action.sa_sigaction = on_bus;
		}
		break;
	case QUIT:
		action.sa_handler = on_quit;
		break;
	case NOTED:
		action.sa_handler = on_noted;
		break;
	case IGNORED:
		action.sa_handler = SIG_IGN;
		break;
	}
	sigaction(signals[i].number, &action, NULL);
}

static void take_stack(void)
{
	void *p = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_size = STACK_SIZE};

	guard.stack = NULL;
	if (p == MAP_FAILED)
		return; /* then the handlers run on the usual stack */
	stack.ss_sp = p;
	if (sigaltstack(&stack, &guard.old_stack) != 0) {
		munmap(p, STACK_SIZE);
		return;
	}
	guard.stack = p;
}

static void give_stack_back(void)
{
	if (guard.stack == NULL)
		return;
	sigaltstack(&guard.old_stack, NULL);
	munmap(guard.stack, STACK_SIZE);
	guard.stack = NULL;
}

bool guard_arm(int fd, const struct termios *termios, struct err *e)
{
	assert(!guard.armed);
	if (pipe2(guard.wake, O_CLOEXEC | O_NONBLOCK) != 0)
		return err_system(e, EXIT_USAGE,
				  "opening a pipe for the screen's signals");
	guard.fd = fd;
	guard.termios = *termios;
	guard.count = 0;
	guard.quit = guard.resized = guard.stop = guard.continued = 0;
	guard.armed = 1;
	take_stack();
	for (size_t i = 0; i < SIGNAL_COUNT; i++) {
		sigaction(signals[i].number, NULL, &guard.old[i]);
		take_signal(i);
	}
	return true;
}

void guard_complete(const char *bytes, size_t count)
{
	assert(guard.armed && count <= sizeof(guard.bytes));
	memcpy(guard.bytes, bytes, count);
	guard.count = count;
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		take_signal(i);
}

void guard_disarm(void)
{
	guard.armed = 0;
	alarm(0);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		sigaction(signals[i].number, &guard.old[i], NULL);
	give_stack_back();
	close(guard.wake[0]);
	close(guard.wake[1]);
	guard.wake[0] = guard.wake[1] = -1;
}

int guard_wake_fd(void)
{
	return guard.wake[0];
}

static bool take_flag(volatile sig_atomic_t *flag)
{
	bool set = *flag != 0;

	*flag = 0;
	return set;
}

struct guard_news guard_take(void)
{
	char drained[64];
	struct guard_news news;

	while (read(guard.wake[0], drained, sizeof(drained)) > 0)
		;
	news.quit = guard.quit != 0; /* stays: a second one ends at once */
	news.resized = take_flag(&guard.resized);
	news.stop = take_flag(&guard.stop);
	news.continued = take_flag(&guard.continued);
	return news;
}

void guard_stop_process(void (*leave)(void))
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, ours;
	sigset_t output, before;

	/* Where our parent stopped before us a shell has the terminal already.
	 * To give it back from the background must not stop us here, and then
	 * once more below when the user has brought us back. */
	sigemptyset(&output);
	sigaddset(&output, SIGTTOU);
	sigprocmask(SIG_BLOCK, &output, &before);
	leave();
	sigprocmask(SIG_SETMASK, &before, NULL);

	sigemptyset(&stop.sa_mask);
	sigaction(SIGTSTP, &stop, &ours);
	raise(SIGTSTP);
	/* Continued. */
	sigaction(SIGTSTP, &ours, NULL);
}
