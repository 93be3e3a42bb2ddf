#include "base/clock.h"
#include "tests/ui/screen.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool shows(const struct screen *s, const char *what)
{
	return strstr(s->text, what) != NULL;
}

#define EXPECT_SHOWS(s, what)                                                  \
	cr_expect(shows(s, what), "%s is not in\n%s", what, (s)->text)
#define EXPECT_HIDES(s, what)                                                  \
	cr_expect(!shows(s, what), "%s is in\n%s", what, (s)->text)

static void check_golden(int width, int height, bool ascii, const char *keys,
			 const char *name)
{
	struct screen s;

	screen_open(&s, 40, ascii);
	screen_resize(&s, width, height);
	screen_type(&s, keys);
	cr_expect(screen_is_golden(&s, name));
	screen_close(&s);
}

Test(golden, flows_at_80x24)
{
	check_golden(80, 24, false, "", "flows-80x24");
}

Test(golden, flows_at_120x40)
{
	check_golden(120, 40, false, "jj", "flows-120x40");
}

Test(golden, flows_at_40x8)
{
	check_golden(40, 8, false, "", "flows-40x8");
}

Test(golden, flows_at_20x3)
{
	check_golden(20, 3, false, "", "flows-20x3");
}

Test(golden, flows_at_1x1)
{
	check_golden(1, 1, false, "", "flows-1x1");
}

Test(golden, flows_in_ascii)
{
	check_golden(80, 24, true, "I", "flows-80x24-ascii");
}

Test(golden, flows_in_ascii_very_small)
{
	check_golden(40, 8, true, "", "flows-40x8-ascii");
	check_golden(20, 3, true, "", "flows-20x3-ascii");
	check_golden(1, 1, true, "", "flows-1x1-ascii");
}

Test(golden, a_filter_that_is_wrong)
{
	check_golden(80, 24, false, "/proto:tcp port:7x", "filter-error");
}

Test(golden, an_expression_that_is_wrong)
{
	check_golden(80, 24, false, "fudp and bad\r", "bpf-error");
}

Test(golden, details_of_a_refused_flow)
{
	check_golden(80, 50, false, "/port:7777\r\r", "detail-refused");
}

Test(golden, details_in_ascii)
{
	check_golden(80, 50, true, "/port:22\r\r", "detail-ascii");
}

Test(golden, the_picker)
{
	check_golden(80, 24, false, "sj", "picker");
}

Test(golden, help_at_80x24)
{
	check_golden(80, 24, false, "?", "help-80x24");
}

Test(golden, health_whole_and_in_trouble)
{
	struct screen s;

	screen_open(&s, 40, false);
	s.fake.lossy = true;
	screen_resize(&s, 80, 60);
	screen_type(&s, "6");
	cr_expect(screen_is_golden(&s, "health-80x60"));
	screen_resize(&s, 120, 40);
	cr_expect(screen_is_golden(&s, "health-120x40"));
	screen_close(&s);
}

Test(golden, health_in_ascii)
{
	check_golden(80, 50, true, "6", "health-ascii");
}

Test(screen, any_view_is_drawn_at_any_size)
{
	static const char *const ways[] = {"",	"6",	"?",	  "d",
					   "s", "/po:", "fbad\r", ":so\t"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		struct screen s;

		screen_open(&s, 60, false);
		s.fake.lossy = true;
		screen_type(&s, ways[i]);
		for (int width = 1; width <= 130; width++) {
			for (int height = 1; height <= 50; height++)
				screen_resize(&s, width, height);
		}
		screen_resize(&s, 80, 24);
		screen_type(&s, "\033\033\033");
		EXPECT_SHOWS(&s, "Proto");
		screen_close(&s);
	}
}

/* Everything that is text from outside. */
static void poison(struct screen *s, unsigned *seed)
{
	char junk[64];

	for (size_t i = 0; i + 1 < sizeof(junk); i++) {
		*seed = *seed * 1103515245 + 12345;
		junk[i] = (char)(*seed >> 16 | 1);
	}
	memcpy(junk, "\033]0;owned\a\033[2J", 14);
	junk[sizeof(junk) - 1] = '\0';
	snprintf(s->fake.filter, sizeof(s->fake.filter), "%s", junk);
	snprintf(s->ui->banner, sizeof(s->ui->banner), "%s", junk);
	ui_tell(s->ui, true, "%s", junk);
	prompt_open(&s->ui->prompt, PROMPT_BPF, junk);
	snprintf(s->ui->prompt.error, PROMPT_ERROR_SIZE, "%s\n%s", junk, junk);
}

Test(screen, hostile_text_never_becomes_a_control_character)
{
	struct screen s;
	unsigned seed = 3;

	screen_open(&s, 60, false);
	for (int i = 0; i < 500; i++) {
		const char *c;

		poison(&s, &seed);
		for (c = screen_look(&s); *c != '\0'; c++) {
			cr_assert((uint8_t)*c >= 0x20 || *c == '\n');
			cr_assert(*c != 0x7f);
			/* C1 in UTF-8. */
			cr_assert(!((uint8_t)c[0] == 0xc2 &&
				    (uint8_t)c[1] < 0xa0));
		}
		s.ui->prompt.open = false;
		screen_type(&s, i % 2 != 0 ? "6" : "1");
	}
	screen_close(&s);
}

Test(screen, random_keys_and_clicks_at_random_sizes_do_no_harm)
{
	struct screen s;
	unsigned seed = 11;

	screen_open(&s, 100, false);
	s.fake.still = false;
	for (int i = 0; i < 15000; i++) {
		seed = seed * 1103515245 + 12345;
		switch (seed >> 16 & 15) {
		case 0:
			screen_resize(&s, (int)(seed >> 20 & 127) + 1,
				      (int)(seed >> 8 & 31) + 1);
			break;
		case 1:
			screen_mouse(&s, EVENT_CLICK, (int)(seed >> 20 & 127),
				     (int)(seed >> 8 & 31));
			break;
		case 2:
			screen_mouse(&s, EVENT_WHEEL_DOWN, 0, 0);
			break;
		case 3:
			screen_press(&s, CODE_NAMED + (seed >> 20 & 31));
			break;
		case 4:
			fake_remove(&s.fake, (seed >> 20) % 100);
			fake_add(&s.fake, seed >> 20);
			break;
		default:
			screen_press(&s, seed >> 20 & 127);
			break;
		}
		s.ui->quit = false;
	}
	screen_close(&s);
}

Test(screen, a_column_is_chosen_by_every_way_to_order)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_resize(&s, 120, 24);
	EXPECT_SHOWS(&s, " Rate▼");
	screen_type(&s, "I");
	EXPECT_SHOWS(&s, " Rate▲");
	screen_type(&s, "<");
	EXPECT_SHOWS(&s, "Rate <▼");
	screen_type(&s, ">>");
	EXPECT_SHOWS(&s, "Total▼");
	screen_type(&s, "sg\r");
	EXPECT_SHOWS(&s, "Proto▲");
	screen_mouse(&s, EVENT_CLICK, 10, 1);
	EXPECT_SHOWS(&s, "Source▲");
	screen_mouse(&s, EVENT_CLICK, 10, 1);
	EXPECT_SHOWS(&s, "Source▼");
	screen_type(&s, ":sort packets\r");
	EXPECT_SHOWS(&s, "Packets▼");
	screen_close(&s);
}

Test(screen, refused_is_shown_at_80_cells_whatever_the_order)
{
	struct screen s;

	screen_open(&s, 40, false);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		screen_press(&s, CODE_ESC);
		rows_set_sort(&s.ui->rows, i, false);
		screen_look(&s);
		EXPECT_SHOWS(&s, i == COLUMN_REFUSED ? "Refus" : "Refused");
		EXPECT_SHOWS(&s, "Proto");
		EXPECT_SHOWS(&s, "Source");
		EXPECT_SHOWS(&s, "Destination");
	}
	screen_close(&s);
}

Test(screen, the_filter_works_as_one_types_and_folds_into_the_title)
{
	struct screen s;
	char line[512];

	screen_open(&s, 40, false);
	screen_type(&s, "/port:7777");
	EXPECT_SHOWS(&s, "filter: port:7777");
	EXPECT_HIDES(&s, "8888");
	screen_type(&s, "\r");
	EXPECT_HIDES(&s, "filter: port");
	screen_line(&s, 0, line, sizeof(line));
	cr_expect(strstr(line, "/port:7777") != NULL, "%s", line);
	cr_expect(strstr(line, "3 of 40 flows") != NULL, "%s", line);
	screen_press(&s, CODE_ESC);
	EXPECT_SHOWS(&s, "8888");
	EXPECT_HIDES(&s, "/port:7777");
	screen_close(&s);
}

Test(screen, a_wrong_filter_leaves_the_list_and_cannot_be_accepted)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "/udp port:x\r");
	EXPECT_SHOWS(&s, "filter: udp port:x");
	/* As of the last text that was right and whole. */
	EXPECT_SHOWS(&s, "/udp  ");
	EXPECT_SHOWS(&s, "9 of 40 flows");
	EXPECT_SHOWS(&s, "^");
	screen_press(&s, CODE_ESC);
	EXPECT_HIDES(&s, "filter:");
	EXPECT_SHOWS(&s, " 40 flows");
	screen_close(&s);
}

Test(screen, a_filter_that_became_wrong_is_not_applied_shortened)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "/port:8888");
	EXPECT_SHOWS(&s, "3 of 40 flows");
	screen_type(&s, "8");
	EXPECT_SHOWS(&s, "more than there can be");
	EXPECT_HIDES(&s, "/port:8888");
	EXPECT_SHOWS(&s, " 40 flows");
	screen_type(&s, "\r");
	EXPECT_SHOWS(&s, "filter: port:88888");
	EXPECT_SHOWS(&s, "more than there can be");
	screen_close(&s);
}

Test(screen, a_word_that_may_become_a_term_is_searched_for_until_its_colon)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "/st");
	EXPECT_SHOWS(&s, "/st");
	EXPECT_SHOWS(&s, "of 40 flows");
	screen_press(&s, 'U' & CODE_CTRL);
	screen_type(&s, "udp hos");
	EXPECT_SHOWS(&s, "0 of 40 flows");
	screen_type(&s, "t:");
	EXPECT_SHOWS(&s, "9 of 40 flows");
	screen_type(&s, "10.0.0.2");
	EXPECT_SHOWS(&s, "1 of 40 flows");
	screen_press(&s, 'U' & CODE_CTRL);
	screen_type(&s, "port");
	EXPECT_SHOWS(&s, "0 of 40 flows");
	screen_type(&s, "\r");
	EXPECT_SHOWS(&s, "0 of 40 flows");
	screen_close(&s);
}

Test(screen, an_ended_capture_takes_no_expression_and_has_no_rate)
{
	struct screen s;

	screen_open(&s, 40, false);
	s.fake.finished = true;
	screen_look(&s);
	EXPECT_SHOWS(&s, "  ended  40 flows");
	EXPECT_HIDES(&s, "pkt/s");
	screen_type(&s, "f");
	EXPECT_SHOWS(&s, "the capture has ended");
	EXPECT_HIDES(&s, "capture (BPF)");
	screen_type(&s, ":bpf udp\r");
	EXPECT_SHOWS(&s, "the capture has ended");
	cr_expect_str_eq(s.fake.filter, "");
	screen_close(&s);
}

Test(screen, a_full_table_is_told_and_counted_among_the_losses)
{
	struct screen s;
	char line[512];
	int x;

	screen_open(&s, 40, false);
	s.fake.evicted = 1234;
	screen_look(&s);
	EXPECT_SHOWS(&s, "table full: evicting");
	EXPECT_SHOWS(&s, "drop 0/0/1,234");
	screen_line(&s, 23, line, sizeof(line));
	x = (int)(strstr(line, "drop") - line);
	cr_expect_eq(canvas_cell(&s.canvas, x, 23)->style, STYLE_STATUS_ERROR);
	/* The notice goes some time after the last, the count stays. */
	fake_advance(&s.fake, 11 * CLOCK_NS_PER_S);
	screen_look(&s);
	EXPECT_HIDES(&s, "table full");
	EXPECT_SHOWS(&s, "drop 0/0/1,234");
	screen_close(&s);
}

Test(screen, a_source_that_is_down_is_told_in_the_first_view)
{
	struct screen s;

	screen_open(&s, 40, false);
	EXPECT_HIDES(&s, "down");
	s.fake.lossy = true;
	screen_look(&s);
	EXPECT_SHOWS(&s, "1 source down: 6 health");
	screen_close(&s);
}

Test(screen, a_capture_expression_is_set_or_refused_with_its_words)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "fudp bad\r");
	EXPECT_SHOWS(&s, "not understood: syntax error");
	EXPECT_SHOWS(&s, "\n  udp bad\n      ^\n");
	cr_expect_str_eq(s.fake.filter, "");
	screen_press(&s, 'W' & CODE_CTRL);
	screen_type(&s, "port 53\r");
	cr_expect_str_eq(s.fake.filter, "udp port 53");
	EXPECT_HIDES(&s, "capture (BPF)");
	EXPECT_SHOWS(&s, "bpf udp port 53");
	screen_close(&s);
}

Test(screen, an_expression_that_takes_its_time_leaves_the_screen_alive)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "fudp\r:bpf host slow\r");
	EXPECT_SHOWS(&s, "capture (BPF): host slow");
	EXPECT_SHOWS(&s, "compiling ...");
	EXPECT_SHOWS(&s, "Esc gives up");
	EXPECT_SHOWS(&s, "bpf udp ");
	/* Keys go on: the cursor moves, and Enter does not begin again. */
	screen_press(&s, CODE_LINE_START);
	screen_press(&s, CODE_ENTER);
	EXPECT_SHOWS(&s, "compiling ...");
	s.fake.slow_done = true;
	screen_look(&s);
	EXPECT_HIDES(&s, "capture (BPF)");
	cr_expect_str_eq(s.fake.filter, "host slow");
	screen_close(&s);
}

Test(screen, one_that_is_refused_late_is_told_in_its_prompt)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "fslow bad\r");
	EXPECT_SHOWS(&s, "compiling ...");
	s.fake.slow_done = true;
	screen_look(&s);
	EXPECT_HIDES(&s, "compiling ...");
	EXPECT_SHOWS(&s, "not understood: syntax error");
	EXPECT_SHOWS(&s, "capture (BPF): slow bad");
	screen_close(&s);
}

Test(screen, esc_and_typing_give_up_an_expression_and_the_old_one_stays)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "fudp\r:bpf host slow\r");
	screen_press(&s, CODE_ESC);
	EXPECT_HIDES(&s, "capture (BPF)");
	EXPECT_SHOWS(&s, "given up; the capture stays as it was");
	cr_expect_str_eq(s.fake.slow_filter, "");
	screen_type(&s, ":bpf host slow\r");
	EXPECT_SHOWS(&s, "compiling ...");
	screen_type(&s, "er");
	EXPECT_HIDES(&s, "compiling ...");
	cr_expect_str_eq(s.fake.slow_filter, "");
	s.fake.slow_done = true;
	screen_look(&s);
	EXPECT_SHOWS(&s, "capture (BPF): host slower");
	cr_expect_str_eq(s.fake.filter, "udp");
	screen_close(&s);
}

Test(screen, a_long_refusal_of_an_expression_is_shown_whole)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_resize(&s, 40, 24);
	screen_type(&s, "fudp bad\r");
	EXPECT_SHOWS(&s, "\nthe filter expression is not"
			 "\nunderstood: syntax error\n  udp bad\n      ^\n");
	screen_press(&s, 'U' & CODE_CTRL);
	screen_type(&s, "host 10.0.0.1 and host 10.0.0.2 and port 53 or bad\r");
	/* What is wrong, and the caret below it. */
	EXPECT_SHOWS(&s, "and port 53 or bad\n");
	EXPECT_SHOWS(&s, "\n                    ^\n");
	screen_close(&s);
}

Test(screen, a_pause_holds_the_picture_and_counts_what_comes)
{
	struct screen s;
	char before[512], after[512];

	screen_open(&s, 40, false);
	s.fake.still = false;
	screen_resize(&s, 120, 24);
	screen_type(&s, " ");
	screen_line(&s, 5, before, sizeof(before));
	for (int i = 0; i < 8; i++)
		screen_look(&s);
	screen_line(&s, 5, after, sizeof(after));
	cr_expect_str_eq(before, after);
	EXPECT_SHOWS(&s, "PAUSED +2,");
	screen_type(&s, " ");
	EXPECT_HIDES(&s, "PAUSED");
	screen_line(&s, 5, after, sizeof(after));
	cr_expect_str_neq(before, after);
	screen_close(&s);
}

Test(screen, a_frozen_order_is_told_and_ends)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "o");
	EXPECT_SHOWS(&s, "FROZEN");
	fake_remove(&s.fake, 1);
	screen_look(&s);
	EXPECT_SHOWS(&s, "gone");
	screen_type(&s, "o");
	EXPECT_HIDES(&s, "FROZEN");
	EXPECT_HIDES(&s, "gone");
	screen_close(&s);
}

Test(screen, closed_flows_are_shown_on_demand)
{
	struct screen s;

	screen_open(&s, 13, false);
	EXPECT_HIDES(&s, "closed");
	screen_type(&s, "t");
	EXPECT_SHOWS(&s, "closed");
	EXPECT_SHOWS(&s, "reset");
	EXPECT_SHOWS(&s, "+closed");
	screen_close(&s);
}

Test(screen, closed_flows_are_shown_from_the_start_when_configured)
{
	struct screen s;
	struct err e;

	screen_open(&s, 13, false);
	ui_close(s.ui);
	s.config.closed = true;
	s.ui = ui_open(&s.world, &s.config, false, &e);
	screen_look(&s);
	EXPECT_SHOWS(&s, "reset");
	EXPECT_SHOWS(&s, "+closed");
	screen_type(&s, "t");
	EXPECT_HIDES(&s, "reset");
	screen_close(&s);
}

Test(screen, bits_become_bytes_and_ports_services)
{
	struct screen s;

	screen_open(&s, 40, false);
	EXPECT_SHOWS(&s, "10.0 Mb/s");
	EXPECT_SHOWS(&s, ":443 ");
	screen_type(&s, "bP");
	EXPECT_SHOWS(&s, "1.25 MB/s");
	EXPECT_SHOWS(&s, ":https");
	screen_type(&s, "bP");
	EXPECT_SHOWS(&s, "10.0 Mb/s");
	EXPECT_SHOWS(&s, ":443 ");
	screen_close(&s);
}

Test(screen, details_live_on_and_tell_when_the_flow_has_ended)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "/port:22\r");
	screen_press(&s, CODE_ENTER);
	EXPECT_SHOWS(&s, "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:50000");
	EXPECT_SHOWS(&s, "waiting");
	EXPECT_SHOWS(&s, "1d01h");
	fake_find(&s.fake, 5)->side[0].packets = 987654321;
	screen_look(&s);
	EXPECT_SHOWS(&s, "987,654,321");
	fake_remove(&s.fake, 5);
	screen_look(&s);
	EXPECT_SHOWS(&s, "has left the table");
	EXPECT_SHOWS(&s, "987,654,321");
	screen_press(&s, CODE_ESC);
	EXPECT_SHOWS(&s, "Proto");
	screen_close(&s);
}

Test(screen, details_name_no_interface_for_what_only_the_host_has_shown)
{
	struct flow_side *side;
	struct screen s;

	screen_open(&s, 40, false);
	side = &fake_find(&s.fake, 5)->side[0];
	side->iface = 0;
	side->packets = 0;
	side->host_packets = 3;
	screen_type(&s, "/port:22\r");
	screen_press(&s, CODE_ENTER);
	EXPECT_SHOWS(&s, "interface        - ");
	screen_close(&s);
}

Test(screen, a_row_is_chosen_by_click_and_the_wheel_scrolls)
{
	struct screen s;

	screen_open(&s, 200, false);
	screen_mouse(&s, EVENT_CLICK, 5, 4);
	cr_expect_eq(s.ui->rows.list.cursor, 2);
	screen_mouse(&s, EVENT_WHEEL_DOWN, 5, 4);
	cr_expect_eq(s.ui->rows.list.first, 3);
	screen_mouse(&s, EVENT_WHEEL_UP, 5, 4);
	cr_expect_eq(s.ui->rows.list.first, 0);
	screen_mouse(&s, EVENT_CLICK, 5, 0);
	screen_mouse(&s, EVENT_CLICK, 5, 23);
	screen_close(&s);
}

Test(screen, losses_stand_in_the_status_line_and_are_red)
{
	struct screen s;
	char line[512];
	int x;

	screen_open(&s, 40, false);
	screen_line(&s, 23, line, sizeof(line));
	cr_expect(strstr(line, "drop 0/0/0  ? help") != NULL, "%s", line);
	s.fake.lossy = true;
	screen_resize(&s, 140, 24);
	screen_line(&s, 23, line, sizeof(line));
	cr_expect(strstr(line, "drop 1,234,567/89/7  ? help") != NULL, "%s",
		  line);
	cr_expect(strstr(line, "host vantage shed") != NULL, "%s", line);
	x = (int)(strstr(line, "drop") - line);
	cr_expect_eq(canvas_cell(&s.canvas, x, 23)->style, STYLE_STATUS_ERROR);
	/* A pause hides no loss. */
	s.fake.lossy = false;
	screen_type(&s, " ");
	s.fake.lossy = true;
	screen_look(&s);
	EXPECT_SHOWS(&s, "drop 1,234,567/89/7");
	screen_close(&s);
}

Test(screen, the_banner_stays_until_the_first_key)
{
	struct screen s;
	struct err e;

	screen_open(&s, 40, false);
	ui_close(s.ui);
	s.config.banner = "Welcome to the lab";
	s.ui = ui_open(&s.world, &s.config, false, &e);
	screen_look(&s);
	EXPECT_SHOWS(&s, "\n Welcome to the lab\n");
	screen_resize(&s, 90, 24);
	EXPECT_SHOWS(&s, "Welcome");
	screen_type(&s, "j");
	EXPECT_HIDES(&s, "Welcome");
	screen_close(&s);
}

Test(screen, a_long_banner_goes_on_below_but_never_covers_the_list)
{
	struct screen s;
	struct err e;

	screen_open(&s, 40, false);
	ui_close(s.ui);
	s.config.banner =
		"lab: this side is 10.0.0.1, fd00::1 on lab0 (tun); 10.0.0.2 "
		"is friendly, 10.0.0.3 answers protocol 253 by swapping, "
		"10.0.0.4 stands behind a firewall, 10.0.0.5 is silent";
	s.ui = ui_open(&s.world, &s.config, false, &e);
	screen_look(&s);
	EXPECT_SHOWS(&s, "\n lab: this side is 10.0.0.1");
	EXPECT_SHOWS(&s, " 10.0.0.5 is silent\nProto");
	screen_resize(&s, 40, 8);
	EXPECT_SHOWS(&s, "…\nSource");
	screen_close(&s);
}

Test(screen, a_source_with_a_long_name_has_a_line_for_it)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_resize(&s, 80, 60);
	s.fake.source_label = "host igmp,sctp,gre,esp,ah,ipencap,ipv6,ospf,253";
	screen_type(&s, "6");
	EXPECT_SHOWS(&s, "\nhost igmp,sctp,gre,esp,ah,ipencap,ipv6,ospf,253\n"
			 "                 up, running");
	screen_close(&s);
}

Test(screen, escape_leads_back_step_by_step)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, "/tcp\rd?");
	EXPECT_SHOWS(&s, "Help: details");
	screen_press(&s, CODE_ESC);
	EXPECT_SHOWS(&s, "From the initiator");
	screen_press(&s, CODE_ESC);
	EXPECT_SHOWS(&s, "/tcp");
	screen_press(&s, CODE_ESC);
	EXPECT_HIDES(&s, "/tcp");
	screen_type(&s, "6");
	EXPECT_SHOWS(&s, "Account");
	screen_press(&s, CODE_ESC);
	EXPECT_SHOWS(&s, "Proto");
	screen_press(&s, CODE_TAB);
	EXPECT_SHOWS(&s, "Account");
	screen_press(&s, CODE_SHIFT_TAB);
	EXPECT_SHOWS(&s, "Proto");
	cr_expect_not(s.ui->quit);
	screen_close(&s);
}

Test(screen, every_way_to_quit_quits)
{
	static const uint32_t codes[] = {'q', CODE_FUNCTION + 10,
					 'C' & CODE_CTRL};
	struct event signal_came = {.type = EVENT_QUIT};
	struct event lost = {.type = EVENT_LOST};
	struct screen s;

	screen_open(&s, 4, false);
	for (size_t i = 0; i < 3; i++) {
		s.ui->quit = false;
		screen_press(&s, codes[i]);
		cr_expect(s.ui->quit);
	}
	s.ui->quit = false;
	screen_type(&s, ":quit\r");
	cr_expect(s.ui->quit);
	s.ui->quit = false;
	ui_event(s.ui, &signal_came);
	cr_expect(s.ui->quit);
	s.ui->quit = false;
	ui_event(s.ui, &lost);
	cr_expect(s.ui->quit);
	/* In a line that is typed, q is a letter. */
	s.ui->quit = false;
	screen_type(&s, "/q");
	cr_expect_not(s.ui->quit);
	screen_close(&s);
}

Test(screen, commands_go_by_name_and_say_what_they_do_not_know)
{
	struct screen s;

	screen_open(&s, 40, false);
	screen_type(&s, ":nonsense\r");
	EXPECT_SHOWS(&s, "no such command");
	screen_press(&s, CODE_ESC);
	screen_type(&s, ":sort nonsense\r");
	EXPECT_SHOWS(&s, "does not take this");
	screen_press(&s, CODE_ESC);
	screen_type(&s, ":so\t");
	EXPECT_SHOWS(&s, "sort sort-left sort-right");
	screen_press(&s, CODE_ESC);
	screen_type(&s, ":filter port:8888\r");
	EXPECT_SHOWS(&s, "/port:8888");
	screen_type(&s, ":health\r");
	EXPECT_SHOWS(&s, "Account");
	screen_close(&s);
}

Test(screen, an_empty_list_says_why)
{
	struct screen s;

	screen_open(&s, 0, false);
	EXPECT_SHOWS(&s, "no packets yet");
	screen_type(&s, "d");
	EXPECT_SHOWS(&s, "there is no flow under the cursor");
	screen_type(&s, "/x");
	EXPECT_SHOWS(&s, "no flow passes the filter");
	screen_close(&s);
}
