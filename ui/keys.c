#include "ui/keys.h"

#include "ui/event.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLOWS  (1u << PANE_FLOWS)
#define IN_PICKER (1u << PANE_PICKER)
#define IN_RATES  (1u << PANE_FLOWS | 1u << PANE_DETAIL)
#define IN_LIVE	  (1u << PANE_FLOWS | 1u << PANE_HEALTH | 1u << PANE_DETAIL)
#define IN_LISTS  (1u << PANE_FLOWS | 1u << PANE_PICKER)
#define IN_ANY	  ((1u << PANE_COUNT) - 1)

const struct keys_info keys_table[COMMAND_TABLE_END] = {
#define KEY(name, word, views, keys, help)                                     \
	[COMMAND_##name] = {word, views, keys, help},
#include "ui/keys.def"
#undef KEY
};

static const struct key_name {
	const char *name;
	uint32_t code;
} key_names[] = {
	{"Up", CODE_ARROW_UP},	   {"Down", CODE_ARROW_DOWN},
	{"PgUp", CODE_PAGE_UP},	   {"PgDn", CODE_PAGE_DOWN},
	{"Home", CODE_LINE_START}, {"End", CODE_LINE_END},
	{"Tab", CODE_TAB},	   {"Shift-Tab", CODE_SHIFT_TAB},
	{"Enter", CODE_ENTER},	   {"Esc", CODE_ESC},
	{"Space", CODE_SPACE},
};

static uint32_t code_of_name(const char *name, size_t n)
{
	if (n == 1)
		return (uint8_t)name[0];
	if (n == 6 && strncmp(name, "Ctrl-", 5) == 0)
		return (uint8_t)name[5] & CODE_CTRL;
	if (n <= 3 && name[0] == 'F')
		return CODE_FUNCTION + (uint32_t)atoi(name + 1);
	for (size_t i = 0; i < sizeof(key_names) / sizeof(*key_names); i++) {
		if (strlen(key_names[i].name) == n &&
		    strncmp(name, key_names[i].name, n) == 0)
			return key_names[i].code;
	}
	/* keys.def names a key that is not in the table above. */
	abort();
}

uint32_t keys_next_code(const char **keys)
{
	const char *name = *keys + strspn(*keys, " ");
	size_t n = strcspn(name, " ");

	*keys = name + n;
	return n > 0 ? code_of_name(name, n) : CODE_NONE;
}

static bool knows(enum keys_command command, enum pane_id view)
{
	return keys_table[command].views >> view & 1;
}

enum keys_command keys_find(enum pane_id view, uint32_t code)
{
	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		const char *keys = keys_table[i].keys;
		uint32_t key;

		if (!knows(i, view))
			continue;
		while ((key = keys_next_code(&keys)) != CODE_NONE) {
			if (key == code)
				return i;
		}
	}
	return COMMAND_NONE;
}

enum keys_command keys_find_name(enum pane_id view, const char *name)
{
	enum keys_command found = COMMAND_NONE;
	size_t n = strlen(name);

	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		if (n == 0 || !knows(i, view) ||
		    strncmp(keys_table[i].name, name, n) != 0)
			continue;
		if (keys_table[i].name[n] == '\0')
			return i;
		found = found == COMMAND_NONE ? (enum keys_command)i
					      : COMMAND_TABLE_END;
	}
	return found == COMMAND_TABLE_END ? COMMAND_NONE : found;
}

void keys_complete(enum pane_id view, struct text *t, struct text *candidates)
{
	const char *common = NULL;
	size_t typed = t->len, agree = 0;

	for (unsigned i = COMMAND_NONE + 1; i < COMMAND_TABLE_END; i++) {
		const char *name = keys_table[i].name;

		if (!knows(i, view) || strncmp(name, t->buf, typed) != 0)
			continue;
		if (common == NULL)
			agree = strlen(name);
		for (size_t at = typed; common != NULL && at < agree; at++) {
			if (name[at] != common[at])
				agree = at;
		}
		if (common == NULL)
			common = name;
		if (candidates->len > 0)
			text_put_char(candidates, ' ');
		text_put(candidates, name);
	}
	if (common != NULL && agree > typed)
		text_put_bytes(t, common + typed, agree - typed);
}
