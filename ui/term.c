/*
 * The only file that includes curses.h.
 */
#include "ui/term.h"

#include "ui/guard.h"

#include <assert.h>
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ESCAPE_DELAY_MS 40

/* Reads in a row that found nothing although there was something to read:
 * then the terminal is gone, and says so by an endless end of file. */
#define EMPTY_READS_MAX 8

struct term {
	SCREEN *screen;
	FILE *input;	     /* of /dev/tty, or NULL: standard input */
	int in, out;	     /* descriptors */
	struct canvas shown; /* what the terminal shows */
	bool ascii, colours;
	bool all; /* send everything */
	bool lost, readable;
	struct guard_news news;
	int empty_reads;
};

static bool refuse(struct err *e, const char *why)
{
	err_set(e, EXIT_USAGE, "the screen needs a terminal: %s", why);
	err_remedy(e, "`rawtop flows` needs none");
	return false;
}

static bool refuse_type(struct err *e, const char *why)
{
	const char *name = getenv("TERM");

	if (name == NULL || name[0] == '\0')
		err_set(e, EXIT_USAGE,
			"the screen needs to know the type of the terminal: "
			"TERM is not set");
	else
		err_set(e, EXIT_USAGE,
			"the screen needs a terminal: TERM=%s %s", name, why);
	err_remedy(e, "set TERM to what the terminal is, for example "
		      "xterm-256color or linux; `rawtop flows` needs none");
	return false;
}

/* A capability of the terminal's type, or NULL. */
static const char *capability(const char *name)
{
	const char *s = tigetstr(name);

	return s == (const char *)-1 ? NULL : s;
}

/* Can this terminal place a cursor and clear? */
static bool check_type(struct err *e)
{
	if (capability("cup") == NULL || capability("clear") == NULL)
		return refuse_type(e, "cannot place the cursor");
	return true;
}

static bool open_files(struct term *t, struct err *e)
{
	t->out = STDOUT_FILENO;
	t->in = STDIN_FILENO;
	if (!isatty(t->out))
		return refuse(e, "standard output is something else");
	if (isatty(t->in))
		return true;
	/* Standard input is a file that is shown: keys come from elsewhere. */
	t->input = fopen("/dev/tty", "r+e");
	if (t->input == NULL)
		return refuse(e, "there is none to read keys from");
	t->in = fileno(t->input);
	return true;
}

/* Appends a capability without its padding, "$<5>". */
static void put_capability(struct text *t, const char *name)
{
	const char *s = capability(name);

	while (s != NULL && *s != '\0') {
		size_t n = strcspn(s, "$");

		text_put_bytes(t, s, n);
		s += n;
		if (s[0] == '$' && s[1] == '<') {
			s += strcspn(s, ">");
			s += *s == '>';
		} else if (s[0] == '$') {
			text_put_char(t, *s++);
		}
	}
}

/* What undoes everything, in an order that suits: mouse, keypad, colours,
 * the cursor, the other screen. */
static void complete_guard(void)
{
	char bytes[GUARD_BYTES_MAX];
	struct text t;

	text_init(&t, bytes, sizeof(bytes));
	if (capability("kmous") != NULL)
		text_put(&t, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
	put_capability(&t, "rmkx");
	put_capability(&t, "op");
	put_capability(&t, "sgr0");
	put_capability(&t, "cnorm");
	put_capability(&t, capability("rmcup") != NULL ? "rmcup" : "clear");
	text_put(&t, "\r");
	guard_complete(bytes, t.len);
}

static void start_colours(struct term *t)
{
	const char *wish = getenv("NO_COLOR");
	bool plain = wish != NULL && wish[0] != '\0';

	t->colours = false;
	if (plain || !has_colors() || start_color() == ERR)
		return;
	t->colours = use_default_colors() == OK;
	for (int i = 0; t->colours && i < STYLE_COUNT; i++) {
		const struct theme_look *look = &theme_looks[i];

		if (init_pair((short)(i + 1), look->ink, look->paper) == ERR)
			t->colours = false;
	}
}

static void start_screen(struct term *t, const struct term_config *config)
{
	int width, height;

	cbreak();
	noecho();
	nonl();
	set_escdelay(ESCAPE_DELAY_MS);
	/* LINES and COLUMNS may say something else. */
	term_size(t, &width, &height);
	resizeterm(height, width);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED |
			  BUTTON5_PRESSED,
		  NULL);
	mouseinterval(0);
	if (!config->monochrome)
		start_colours(t);
	t->all = true;
}

/* The guard is armed before curses changes anything. */
static bool open_screen(struct term *t, const struct term_config *config,
			struct err *e)
{
	const char *type = getenv("TERM");
	struct termios termios;

	if (type == NULL || type[0] == '\0')
		return refuse_type(e, "");
	if (tcgetattr(t->out, &termios) != 0)
		return err_system(e, EXIT_USAGE, "reading the terminal's mode");
	if (!guard_arm(t->out, &termios, e))
		return false;
	t->screen = newterm(NULL, stdout, t->input != NULL ? t->input : stdin);
	if (t->screen == NULL) {
		guard_disarm();
		return refuse_type(e, "is not a type known here");
	}
	if (!check_type(e)) {
		endwin();
		delscreen(t->screen);
		guard_disarm();
		return false;
	}
	complete_guard();
	start_screen(t, config);
	return true;
}

struct term *term_open(const struct term_config *config, struct err *e)
{
	struct term *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		err_system(e, EXIT_USAGE, "no memory for the terminal");
		return NULL;
	}
	setlocale(LC_CTYPE, "");
	t->ascii = config->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	canvas_open(&t->shown, t->ascii);
	if (!open_files(t, e) || !open_screen(t, config, e)) {
		if (t->input != NULL)
			fclose(t->input);
		free(t);
		return NULL;
	}
	return t;
}

bool term_takes(const struct term *t)
{
	struct pollfd p = {.fd = t->out, .events = POLLOUT};

	return poll(&p, 1, 0) == 1;
}

/* What the user has stopped would keep us here. Only what tcflow has stopped
 * is started by it: so it does both. */
static void start_output(const struct term *t)
{
	if (term_takes(t))
		return;
	tcflow(t->out, TCOOFF);
	tcflow(t->out, TCOON);
}

void term_close(struct term *t)
{
	if (t == NULL)
		return;
	/* One that is gone would only refuse the bytes. */
	if (!t->lost) {
		start_output(t);
		curs_set(1);
		endwin();
	}
	guard_disarm();
	delscreen(t->screen);
	canvas_close(&t->shown);
	if (t->input != NULL)
		fclose(t->input);
	free(t);
}

bool term_is_ascii(const struct term *t)
{
	return t->ascii;
}

void term_size(const struct term *t, int *width, int *height)
{
	struct winsize size;

	if (ioctl(t->out, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_row > 0) {
		*width = size.ws_col;
		*height = size.ws_row;
	} else {
		getmaxyx(stdscr, *height, *width);
	}
}

void term_wait(struct term *t, int timeout_ms)
{
	struct pollfd p[2] = {
		{.fd = t->in, .events = POLLIN},
		{.fd = guard_wake_fd(), .events = POLLIN},
	};

	t->readable = false;
	if (poll(p, 2, timeout_ms) <= 0)
		return;
	t->readable = p[0].revents & POLLIN;
	if (p[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		t->lost = true;
}

/* What the process was stopped for is over, or someone else used the
 * terminal meanwhile: modes and picture are set again. */
static void come_back(struct term *t)
{
	endwin();
	t->all = true;
	reset_prog_mode();
	refresh();
}

static void leave(void)
{
	endwin();
}

static bool take_news(struct term *t, struct event *event)
{
	struct guard_news news = guard_take();

	if (news.stop) {
		guard_stop_process(leave);
		come_back(t);
		news.continued = false;
		news.resized = true;
	}
	if (news.continued) {
		come_back(t);
		news.resized = true;
	}
	if (news.quit) {
		event->type = EVENT_QUIT;
		return true;
	}
	if (news.resized) {
		int width, height;

		term_size(t, &width, &height);
		resizeterm(height, width);
		t->all = true;
		event->type = EVENT_RESIZED;
		return true;
	}
	return false;
}

static uint32_t code_of_key(wint_t key)
{
	static const struct {
		wint_t key;
		uint32_t code;
	} keys[] = {
		{KEY_UP, CODE_ARROW_UP},     {KEY_DOWN, CODE_ARROW_DOWN},
		{KEY_LEFT, CODE_ARROW_LEFT}, {KEY_RIGHT, CODE_ARROW_RIGHT},
		{KEY_PPAGE, CODE_PAGE_UP},   {KEY_NPAGE, CODE_PAGE_DOWN},
		{KEY_HOME, CODE_LINE_START}, {KEY_END, CODE_LINE_END},
		{KEY_A1, CODE_LINE_START},   {KEY_C1, CODE_LINE_END},
		{KEY_A3, CODE_PAGE_UP},	     {KEY_C3, CODE_PAGE_DOWN},
		{KEY_DC, CODE_REMOVE},	     {KEY_BTAB, CODE_SHIFT_TAB},
		{KEY_ENTER, CODE_ENTER},     {KEY_BACKSPACE, CODE_ERASE},
		{KEY_FIND, CODE_LINE_START}, {KEY_SELECT, CODE_LINE_END},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].key == key)
			return keys[i].code;
	}
	if (key > KEY_F0 && key <= KEY_F(12))
		return CODE_FUNCTION + (key - KEY_F0);
	return CODE_NONE;
}

static void read_mouse(struct event *event)
{
	MEVENT mouse;

	if (getmouse(&mouse) != OK)
		return;
	event->x = mouse.x;
	event->y = mouse.y;
	if (mouse.bstate & BUTTON4_PRESSED)
		event->type = EVENT_WHEEL_UP;
	else if (mouse.bstate & BUTTON5_PRESSED)
		event->type = EVENT_WHEEL_DOWN;
	else if (mouse.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
		event->type = EVENT_CLICK;
}

static void read_character(wint_t key, struct event *event)
{
	event->type = EVENT_KEY;
	event->key = key;
	if (key == '\n')
		event->key = CODE_ENTER;
	else if (key == '\b')
		event->key = CODE_ERASE;
}

/* Nothing to read: is that all, or is the terminal gone? */
static void note_empty_read(struct term *t)
{
	struct termios termios;

	if (!t->readable)
		return;
	t->readable = false;
	if (++t->empty_reads >= EMPTY_READS_MAX ||
	    tcgetattr(t->in, &termios) != 0)
		t->lost = true;
}

struct event term_next(struct term *t)
{
	struct event event = {.type = EVENT_NONE};
	wint_t key = 0;

	if (take_news(t, &event))
		return event;
	/* Keys that mean nothing here are passed over, so many at most. */
	for (int i = 0; i < 64 && !t->lost; i++) {
		int kind = wget_wch(stdscr, &key);

		if (kind == ERR) {
			note_empty_read(t);
			break;
		}
		t->empty_reads = 0;
		t->readable = false;
		if (kind == OK) {
			read_character(key, &event);
		} else if (key == KEY_MOUSE) {
			read_mouse(&event);
		} else {
			event.key = code_of_key(key);
			if (event.key != CODE_NONE)
				event.type = EVENT_KEY;
		}
		if (event.type != EVENT_NONE)
			return event;
	}
	if (t->lost)
		event.type = EVENT_LOST;
	return event;
}

static attr_t attributes_of(uint8_t style)
{
	uint8_t has = theme_looks[style & ~STYLE_SELECTED].attributes;
	attr_t attributes = A_NORMAL;

	if (has & THEME_BOLD)
		attributes |= A_BOLD;
	if (has & THEME_DIM)
		attributes |= A_DIM;
	if (has & THEME_UNDERLINE)
		attributes |= A_UNDERLINE;
	if (!(has & THEME_REVERSE) != !(style & STYLE_SELECTED))
		attributes |= A_REVERSE;
	return attributes;
}

static void send_cell(const struct term *t, int x, int y,
		      const struct canvas_cell *cell)
{
	wchar_t text[3] = {(wchar_t)cell->rune, (wchar_t)cell->mark, 0};
	uint8_t style = cell->style & (uint8_t)~STYLE_SELECTED;
	cchar_t c;

	assert(style < STYLE_COUNT);
	if (cell->width == 0)
		return;
	if (setcchar(&c, text, attributes_of(cell->style),
		     (short)(t->colours ? style + 1 : 0), NULL) == OK)
		mvadd_wch(y, x, &c);
}

static void send_row(struct term *t, const struct canvas *c, int y)
{
	size_t size = (size_t)c->width * sizeof(struct canvas_cell);
	struct canvas_cell *shown =
		t->shown.cells + (size_t)y * (size_t)c->width;
	const struct canvas_cell *cells = canvas_cell(c, 0, y);

	if (!t->all && memcmp(shown, cells, size) == 0)
		return;
	for (int x = 0; x < c->width; x++)
		send_cell(t, x, y, &cells[x]);
	memcpy(shown, cells, size);
}

void term_draw(struct term *t, const struct canvas *c)
{
	if (t->shown.width != c->width || t->shown.height != c->height) {
		if (!canvas_resize(&t->shown, c->width, c->height))
			return;
		t->all = true;
	}
	if (t->all) {
		erase();
		clearok(curscr, TRUE);
	}
	for (int y = 0; y < c->height; y++)
		send_row(t, c, y);
	t->all = false;
	if (c->cursor_x >= 0) {
		move(c->cursor_y, c->cursor_x);
		curs_set(1);
	} else {
		curs_set(0);
	}
	refresh();
}

void term_redraw(struct term *t)
{
	t->all = true;
}
