#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(err, set_says_what_was_tried_and_returns_false)
{
	struct err e;

	memset(&e, 0xa5, sizeof(e));
	cr_assert(!err_set(&e, EXIT_INPUT, "cannot read %s", "x.pcap"));
	cr_assert_eq(e.status, EXIT_INPUT);
	cr_assert_eq(e.number, 0);
	cr_assert_str_eq(e.text, "cannot read x.pcap");
}

Test(err, system_appends_the_words_of_the_errno_on_entry)
{
	struct err e;

	errno = EPERM;
	cr_assert(!err_system(&e, EXIT_USAGE, "cannot open %s", "eth0"));
	cr_assert_eq(e.number, EPERM);
	cr_assert_str_eq(e.text, "cannot open eth0: Operation not permitted");
}

Test(err, remedy_is_appended_in_brackets)
{
	struct err e;

	err_set(&e, EXIT_USAGE, "no %s", "right");
	err_remedy(&e, "run it with %s", "sudo");
	cr_assert_str_eq(e.text, "no right (run it with sudo)");
}

Test(err, a_text_that_is_too_long_is_cut_and_ended)
{
	struct {
		struct err e;
		char after[8];
	} s;
	char word[2 * ERR_TEXT_SIZE];

	memset(&s, 'Z', sizeof(s));
	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	errno = EIO;
	err_system(&s.e, EXIT_OUTPUT, "%s", word);
	err_remedy(&s.e, "%s", word);
	cr_assert_eq(strlen(s.e.text), ERR_TEXT_SIZE - 1);
	cr_assert_eq(memcmp(s.after, "ZZZZZZZZ", 8), 0);
	cr_assert_eq(s.e.number, EIO);
}

Test(err, exit_statuses_are_the_documented_ones)
{
	cr_assert_eq(EXIT_OK, 0);
	cr_assert_eq(EXIT_USAGE, 1);
	cr_assert_eq(EXIT_INPUT, 2);
	cr_assert_eq(EXIT_OUTPUT, 4);
}
