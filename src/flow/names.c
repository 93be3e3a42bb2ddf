#include "flow/flow.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const state_labels[] = {
#define STATE(name, label, help) [FLOW_##name] = label,
#include "flow/state.def"
#undef STATE
};
_Static_assert(sizeof(state_labels) / sizeof(*state_labels) == FLOW_STATE_COUNT,
	       "a label for each state");

static const char *const end_labels[] = {
#define END(name, label, help) [FLOW_END_##name] = label,
#include "flow/end.def"
#undef END
};
_Static_assert(sizeof(end_labels) / sizeof(*end_labels) == FLOW_END_COUNT,
	       "a label for each end");

static const char *const proto_names[256] = {
#define PROTO_NAME(number, name, aliases) [number] = name,
#include "flow/proto_names.def"
#undef PROTO_NAME
};

static const struct proto_alias {
	uint8_t number;
	const char *names; /* separated by single spaces */
} proto_aliases[] = {
#define PROTO_NAME(number, name, aliases) {number, aliases},
#include "flow/proto_names.def"
#undef PROTO_NAME
};

const char *flow_state_label(enum flow_state state)
{
	assert(state < FLOW_STATE_COUNT);
	return state_labels[state];
}

const char *flow_end_label(enum flow_end end)
{
	assert(end < FLOW_END_COUNT);
	return end_labels[end];
}

const char *flow_proto_name(uint8_t number)
{
	return proto_names[number];
}

/* Is the word one of the space-separated names? Any case. */
static bool names_hold(const char *names, const char *word)
{
	size_t n = strlen(word);

	while (*names) {
		size_t length = strcspn(names, " ");

		if (length == n && strncasecmp(names, word, n) == 0)
			return true;
		names += length;
		if (*names == ' ')
			names++;
	}
	return false;
}

/* Decimal text of 0 to 255, else -1. */
static int proto_parse_number(const char *text)
{
	int number = 0;

	if (!*text || strlen(text) > 3)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		number = number * 10 + (*text - '0');
	}
	return number <= 255 ? number : -1;
}

int flow_proto_number(const char *text)
{
	/* "3pc" is a name that begins with a digit: names come first. */
	for (int i = 0; i < 256; i++) {
		if (proto_names[i] && strcasecmp(proto_names[i], text) == 0)
			return i;
	}
	for (size_t i = 0; i < sizeof(proto_aliases) / sizeof(*proto_aliases);
	     i++) {
		if (names_hold(proto_aliases[i].names, text))
			return proto_aliases[i].number;
	}
	return proto_parse_number(text);
}
