#include "ui/ui.h"

#include <stdio.h>
#include <string.h>

void ui_filter_clear(struct ui *u)
{
	rows_set_filter(&u->rows, NULL);
	u->filter[0] = u->filter_whole[0] = '\0';
}

/* The list shows what passes the text; false, with what is wrong in the prompt:
 * it is none, and the list stays as it is. */
static bool apply_filter(struct ui *u, const char *text)
{
	struct prompt *p = &u->prompt;
	struct flow_filter *filter;
	char message[PROMPT_ERROR_SIZE] = "";
	size_t at = 0;

	if (text[strspn(text, " ")] == '\0') {
		rows_set_filter(&u->rows, NULL);
		u->filter[0] = '\0';
		return true;
	}
	filter = flow_filter_parse(text, u->services, message, sizeof(message),
				   &at);
	if (filter == NULL) {
		snprintf(p->error, sizeof(p->error), "%s", message);
		p->error_at = at <= p->len ? at : p->len;
		p->error_placed = true;
		return false;
	}
	rows_set_filter(&u->rows, filter);
	snprintf(u->filter, sizeof(u->filter), "%s", text);
	return true;
}

static bool accept_filter(struct ui *u)
{
	if (!apply_filter(u, u->prompt.text))
		return false;
	u->prompt.error[0] = '\0';
	snprintf(u->filter_whole, sizeof(u->filter_whole), "%s", u->filter);
	return true;
}

/*
 * While one types the list follows the text: a word that may yet become a
 * term's name (`por`) is a word until its colon comes. Where the text is wrong
 * the list goes back to the last text whose words were all ended: of
 * port:99999 it must not show port:9999.
 */
static void try_filter(struct ui *u)
{
	struct prompt *p = &u->prompt;
	struct flow_filter *filter;
	char was[PROMPT_ERROR_SIZE];
	size_t at;

	if (apply_filter(u, p->text)) {
		if (p->len == 0 || p->text[p->len - 1] == ' ')
			snprintf(u->filter_whole, sizeof(u->filter_whole), "%s",
				 u->filter);
		return;
	}
	if (strcmp(u->filter, u->filter_whole) == 0)
		return;
	filter = flow_filter_parse(u->filter_whole, u->services, was,
				   sizeof(was), &at);
	if (u->filter_whole[0] != '\0' && filter == NULL)
		return; /* no memory: the list stays */
	rows_set_filter(&u->rows, filter);
	snprintf(u->filter, sizeof(u->filter), "%s", u->filter_whole);
}

/* Shows what became of the expression. */
static void show_bpf(struct ui *u, enum engine_filter_state state,
		     const struct err *e)
{
	struct prompt *p = &u->prompt;

	u->compiling = state == ENGINE_FILTER_BUSY;
	p->error[0] = p->hint[0] = '\0';
	switch (state) {
	case ENGINE_FILTER_BUSY:
		snprintf(p->hint, sizeof(p->hint),
			 "compiling ... host names are looked up (Esc gives "
			 "up, and all stays as it is)");
		return;
	case ENGINE_FILTER_SET:
		ui_tell(u, false,
			p->text[0] ? "packets are captured by this expression "
				     "from now on"
				   : "all packets are captured from now on");
		prompt_close(p, true);
		return;
	case ENGINE_FILTER_REFUSED:
		snprintf(p->error, sizeof(p->error), "%s", e->text);
		p->error_placed = false;
		return;
	}
}

static void accept_bpf(struct ui *u)
{
	struct err e = {0};

	if (!u->compiling)
		show_bpf(u,
			 u->world.begin_filter(u->world.context, u->prompt.text,
					       &e),
			 &e);
}

void ui_prompt_refresh(struct ui *u)
{
	struct err e = {0};

	if (u->compiling)
		show_bpf(u, u->world.ask_filter(u->world.context, &e), &e);
}

/* The expression that is being compiled is not wanted any more. */
static void give_up_bpf(struct ui *u)
{
	if (!u->compiling)
		return;
	u->world.cancel_filter(u->world.context);
	u->compiling = false;
}

/* The rest of a command line: what the command is to use. */
static bool act_with_argument(struct ui *u, enum keys_command what,
			      const char *argument)
{
	enum column column;

	switch ((int)what) {
	case COMMAND_SORT:
		column = column_find(argument);
		if (column == COLUMN_COUNT)
			return false;
		ui_act(u, (struct command){COMMAND_SORT_BY, (int)column});
		return true;
	case COMMAND_FILTER:
		ui_prompt_open(u, PROMPT_FILTER);
		prompt_set_text(&u->prompt, argument);
		ui_prompt_key(u, CODE_ENTER);
		return true;
	case COMMAND_BPF:
		ui_act(u, (struct command){COMMAND_BPF, 0});
		if (!u->prompt.open) /* the capture has ended */
			return true;
		prompt_set_text(&u->prompt, argument);
		ui_prompt_key(u, CODE_ENTER);
		return true;
	default:
		return false;
	}
}

static void refuse_command(struct ui *u, const char *why, size_t at)
{
	struct prompt *p = &u->prompt;

	snprintf(p->error, sizeof(p->error), "%s", why);
	p->error_at = at;
	p->error_placed = true;
}

static void run_command(struct ui *u)
{
	struct prompt *p = &u->prompt;
	char name[PROMPT_TEXT_SIZE], argument[PROMPT_TEXT_SIZE];
	size_t start = strspn(p->text, " ");
	size_t n = strcspn(p->text + start, " ");
	size_t rest = start + n + strspn(p->text + start + n, " ");
	enum keys_command what;

	snprintf(name, sizeof(name), "%.*s", (int)n, p->text + start);
	snprintf(argument, sizeof(argument), "%s", p->text + rest);
	if (n == 0) {
		prompt_close(p, false);
		return;
	}
	what = keys_find_name(u->view, name);
	if (what == COMMAND_NONE) {
		refuse_command(u, "no such command here; Tab lists them",
			       start);
		return;
	}
	prompt_close(p, true);
	if (argument[0] == '\0') {
		ui_act(u, (struct command){what, 0});
	} else if (!act_with_argument(u, what, argument)) {
		p->open = true;
		refuse_command(u, "the command does not take this", rest);
	}
}

static void complete_command(struct ui *u)
{
	struct prompt *p = &u->prompt;
	char buf[PROMPT_TEXT_SIZE];
	struct text whole, candidates;

	if (p->kind != PROMPT_COMMAND)
		return;
	text_init(&whole, buf, sizeof(buf));
	text_put(&whole, p->text);
	text_init(&candidates, p->hint, sizeof(p->hint));
	keys_complete(u->view, &whole, &candidates);
	prompt_set_text(p, buf);
	p->error[0] = '\0';
}

void ui_prompt_open(struct ui *u, enum prompt_kind kind)
{
	const char *text = "";

	give_up_bpf(u);
	if (kind == PROMPT_FILTER)
		text = u->filter;
	else if (kind == PROMPT_BPF &&
		 strlen(u->live->filter) < sizeof(u->live->filter) - 1)
		text = u->live->filter; /* whole: a part would be another */
	prompt_open(&u->prompt, kind, text);
}

static void accept(struct ui *u)
{
	struct prompt *p = &u->prompt;

	switch (p->kind) {
	case PROMPT_FILTER:
		if (accept_filter(u))
			prompt_close(p, true);
		return;
	case PROMPT_BPF:
		accept_bpf(u);
		return;
	case PROMPT_COMMAND:
		run_command(u);
		return;
	case PROMPT_KINDS:
		return;
	}
}

void ui_prompt_key(struct ui *u, uint32_t code)
{
	struct prompt *p = &u->prompt;

	/* Nothing left to erase: the colon goes too, as in vi. */
	if (code == CODE_ERASE && p->len == 0) {
		give_up_bpf(u);
		prompt_close(p, false);
		return;
	}
	switch (prompt_key(p, code)) {
	case PROMPT_EDITED:
		give_up_bpf(u);
		if (p->kind == PROMPT_FILTER)
			try_filter(u);
		return;
	case PROMPT_COMPLETE:
		complete_command(u);
		return;
	case PROMPT_ACCEPTED:
		accept(u);
		return;
	case PROMPT_CANCELLED:
		if (u->compiling)
			ui_tell(u, false,
				"given up; the capture stays as it "
				"was");
		give_up_bpf(u);
		if (p->kind == PROMPT_FILTER)
			ui_filter_clear(u);
		prompt_close(p, false);
		return;
	case PROMPT_NOTHING:
	case PROMPT_MOVED:
		return;
	}
}
