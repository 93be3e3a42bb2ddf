#include "ui/pane.h"
#include "ui/ui.h"

static void put_term(void *context, const char *term, const char *help)
{
	text_put(page_field(context, STYLE_NORMAL, term), help);
}

static void put_keys(struct page *p, enum pane_id view)
{
	page_section(p, "Keys");
	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		const struct keys_info *info = &keys_table[i];

		if (info->views >> view & 1)
			put_term(p, info->keys, info->help);
	}
	put_term(p, "mouse",
		 view == PANE_FLOWS
			 ? "the wheel scrolls; click a row to choose it, a "
			   "title to order by it, again for the other way"
			 : "the wheel scrolls");
}

static void put_names(struct page *p, enum pane_id view)
{
	struct text *t;

	page_section(p, "Commands by name (:)");
	t = page_line(p, STYLE_NORMAL);
	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		if (!(keys_table[i].views >> view & 1))
			continue;
		if (t->len > 0)
			text_put_char(t, ' ');
		text_put(t, keys_table[i].name);
	}
	if (view == PANE_FLOWS)
		text_put(page_line(p, STYLE_NORMAL),
			 "Three take what follows: sort COLUMN, filter WORDS, "
			 "bpf EXPRESSION.");
}

static void put_columns(struct page *p)
{
	page_section(p, "Columns");
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		put_term(p, column_table[i].title, column_table[i].help);
}

/* What the corner of the screen counts. */
static void put_losses(struct page *p)
{
	page_section(p, "Losses");
	put_term(p, "drop a/b/c",
		 "a: packets lost in the kernel, its buffer was full; b: "
		 "packets lost here, no empty block was left; c: what a full "
		 "table cost, flows evicted and packets refused");
}

static void refresh(struct ui *u)
{
	struct page *p = &u->page[PANE_HELP];
	const struct pane *pane = pane_table[u->help_view];

	page_clear(p);
	text_printf(page_line(p, STYLE_SECTION), "Help: %s", pane->name);
	text_put(page_line(p, STYLE_NORMAL), pane->help);
	put_keys(p, u->help_view);
	if (u->help_view == PANE_FLOWS) {
		page_section(p, "Filter words (/)");
		flow_filter_help(put_term, p);
		put_columns(p);
		put_losses(p);
	}
	put_names(p, u->help_view);
}

static bool move(struct ui *u, struct command command)
{
	return page_move(&u->page[PANE_HELP], command);
}

static void draw(struct ui *u, struct canvas *c, int y, int height)
{
	page_draw(&u->page[PANE_HELP], c, y, height);
}

const struct pane pane_help = {
	.name = "help",
	.help = "What the keys of a view do.",
	.refresh = refresh,
	.draw = draw,
	.move = move,
};
