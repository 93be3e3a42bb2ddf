#include "tests/ui/screen.h"
#include "ui/event.h"
#include "ui/keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(keys, no_key_stands_twice_in_one_view)
{
	for (unsigned view = 0; view < PANE_COUNT; view++) {
		for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END;
		     i++) {
			const char *keys = keys_table[i].keys;
			uint32_t code;

			if (!(keys_table[i].views >> view & 1))
				continue;
			cr_assert(strlen(keys) > 0);
			while ((code = keys_next_code(&keys)) != CODE_NONE)
				cr_assert_eq((unsigned)keys_find(view, code), i,
					     "%s in view %u",
					     keys_table[i].name, view);
		}
	}
}

Test(keys, names_are_unique_and_every_command_is_found_by_its_own)
{
	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		unsigned view = 0;

		while (!(keys_table[i].views >> view & 1))
			view++;
		cr_assert(view < PANE_COUNT);
		cr_assert_eq((unsigned)keys_find_name(view, keys_table[i].name),
			     i);
		cr_assert(strlen(keys_table[i].help) > 0);
	}
}

Test(keys, a_beginning_names_a_command_only_when_no_other_has_it)
{
	cr_expect_eq(keys_find_name(PANE_FLOWS, "qui"), COMMAND_QUIT);
	cr_expect_eq(keys_find_name(PANE_FLOWS, "so"), COMMAND_NONE);
	cr_expect_eq(keys_find_name(PANE_FLOWS, "sort"), COMMAND_SORT);
	cr_expect_eq(keys_find_name(PANE_FLOWS, "nonsense"), COMMAND_NONE);
	cr_expect_eq(keys_find_name(PANE_FLOWS, ""), COMMAND_NONE);
	cr_expect_eq(keys_find_name(PANE_HEALTH, "sort"), COMMAND_NONE);
}

Test(keys, completion_goes_as_far_as_all_candidates_agree)
{
	char buf[64], list[256];
	struct text t, candidates;

	text_init(&t, buf, sizeof(buf));
	text_init(&candidates, list, sizeof(list));
	text_put(&t, "so");
	keys_complete(PANE_FLOWS, &t, &candidates);
	cr_expect_str_eq(buf, "sort");
	cr_expect_str_eq(list, "sort sort-left sort-right");
}

Test(keys, the_keys_that_the_screen_promises_are_there)
{
	static const struct {
		uint32_t code;
		enum keys_command command;
	} promised[] = {
		{'q', COMMAND_QUIT},
		{CODE_FUNCTION + 10, COMMAND_QUIT},
		{'?', COMMAND_HELP},
		{CODE_FUNCTION + 1, COMMAND_HELP},
		{CODE_ESC, COMMAND_BACK},
		{'L' & CODE_CTRL, COMMAND_REDRAW},
		{':', COMMAND_COMMAND},
		{'1', COMMAND_FLOWS},
		{'6', COMMAND_HEALTH},
		{CODE_TAB, COMMAND_NEXT},
		{CODE_SHIFT_TAB, COMMAND_PREVIOUS},
		{'j', COMMAND_DOWN},
		{'k', COMMAND_UP},
		{'g', COMMAND_TOP},
		{'G', COMMAND_BOTTOM},
		{CODE_PAGE_UP, COMMAND_PAGE_UP},
		{CODE_PAGE_DOWN, COMMAND_PAGE_DOWN},
		{'F' & CODE_CTRL, COMMAND_PAGE_DOWN},
		{'B' & CODE_CTRL, COMMAND_PAGE_UP},
		{'/', COMMAND_FILTER},
		{'f', COMMAND_BPF},
		{'<', COMMAND_SORT_LEFT},
		{'>', COMMAND_SORT_RIGHT},
		{'I', COMMAND_INVERT},
		{'s', COMMAND_SORT},
		{'o', COMMAND_FREEZE},
		{' ', COMMAND_PAUSE},
		{'t', COMMAND_CLOSED},
		{'P', COMMAND_PORTS},
		{'b', COMMAND_BYTES},
		{'d', COMMAND_DETAILS},
		{CODE_ENTER, COMMAND_DETAILS},
	};

	for (size_t i = 0; i < sizeof(promised) / sizeof(*promised); i++)
		cr_expect_eq(keys_find(PANE_FLOWS, promised[i].code),
			     promised[i].command, "case %zu", i);
}

Test(keys, help_of_every_view_lists_every_key_of_it)
{
	struct screen s;

	screen_open(&s, 5, false);
	/* So high that help is seen whole. */
	screen_resize(&s, 100, 200);
	for (unsigned view = 0; view < PANE_HELP; view++) {
		screen_type(&s, view == PANE_FLOWS    ? "1?"
				: view == PANE_HEALTH ? "6?"
				: view == PANE_DETAIL ? "1d?"
						      : "1s?");
		for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END;
		     i++) {
			char row[256];

			if (!(keys_table[i].views >> view & 1))
				continue;
			snprintf(row, sizeof(row), "\n%-16s %s\n",
				 keys_table[i].keys, keys_table[i].help);
			cr_assert(strstr(s.text, row), "view %u: %s", view,
				  row);
		}
	}
	screen_close(&s);
}
