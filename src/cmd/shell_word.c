#include "cmd/shell_word.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* By their codes, whatever the locale. */
static bool shell_word_printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

static bool shell_word_plain(unsigned char c)
{
	return shell_word_printable(c) &&
	       (isalnum(c) || strchr("_./:@%+,-", c) != NULL);
}

void shell_word_put(struct text *t, const char *word)
{
	bool plain = word[0] != '\0', printable = true;

	for (const char *p = word; *p != '\0'; p++) {
		plain = plain && shell_word_plain((unsigned char)*p);
		printable =
			printable && shell_word_printable((unsigned char)*p);
	}
	if (plain) {
		text_put(t, word);
		return;
	}
	text_put(t, printable ? "'" : "$'");
	for (const char *p = word; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (!shell_word_printable(c))
			text_printf(t, "\\x%02x", (unsigned)c);
		else if (c == '\'')
			text_put(t, printable ? "'\\''" : "\\'");
		else if (c == '\\' && !printable)
			text_put(t, "\\\\");
		else
			text_put_char(t, (char)c);
	}
	text_put_char(t, '\'');
}
