# Tests of the screen: over a made-up world, without a terminal; and with one
# (tmux) by a script.
UI_TEST_LIBS = libui.a $(CORE_LIBS) $(NCURSES_LIBS)
UI_FAKE = tests/ui/fake_world.c tests/ui/fake_world.h
UI_SCREEN = $(UI_FAKE) tests/ui/screen.c tests/ui/screen.h

check_PROGRAMS += tests/ui/ui_demo
tests_ui_ui_demo_SOURCES = tests/ui/ui_demo.c $(UI_FAKE)
tests_ui_ui_demo_LDADD = $(UI_TEST_LIBS)

dist_check_SCRIPTS += tests/ui/screen_test.sh
TESTS += tests/ui/screen_test.sh

if WITH_CRITERION
UI_TESTS = \
	tests/ui/test_canvas \
	tests/ui/test_keys \
	tests/ui/test_list \
	tests/ui/test_prompt \
	tests/ui/test_rows \
	tests/ui/test_screen \
	tests/ui/test_terminal
check_PROGRAMS += $(UI_TESTS)
TESTS += $(UI_TESTS)

UI_TEST_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
UI_TEST_CPPFLAGS = $(AM_CPPFLAGS) \
	-DUI_GOLDEN_DIR='"$(srcdir)/tests/ui/golden"'

tests_ui_test_canvas_SOURCES = tests/ui/test_canvas.c
tests_ui_test_canvas_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_canvas_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_keys_SOURCES = tests/ui/test_keys.c $(UI_SCREEN)
tests_ui_test_keys_CPPFLAGS = $(UI_TEST_CPPFLAGS)
tests_ui_test_keys_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_keys_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_list_SOURCES = tests/ui/test_list.c
tests_ui_test_list_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_list_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_prompt_SOURCES = tests/ui/test_prompt.c
tests_ui_test_prompt_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_prompt_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_rows_SOURCES = tests/ui/test_rows.c $(UI_FAKE)
tests_ui_test_rows_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_rows_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_screen_SOURCES = tests/ui/test_screen.c $(UI_SCREEN)
tests_ui_test_screen_CPPFLAGS = $(UI_TEST_CPPFLAGS)
tests_ui_test_screen_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_screen_LDADD = $(UI_TEST_LIBS) $(CRITERION_LIBS)

tests_ui_test_terminal_SOURCES = tests/ui/test_terminal.c
tests_ui_test_terminal_CFLAGS = $(UI_TEST_CFLAGS)
tests_ui_test_terminal_LDADD = $(CRITERION_LIBS)
endif

EXTRA_DIST += \
	tests/ui/golden/bpf-error.txt \
	tests/ui/golden/detail-ascii.txt \
	tests/ui/golden/detail-refused.txt \
	tests/ui/golden/filter-error.txt \
	tests/ui/golden/flows-120x40.txt \
	tests/ui/golden/flows-1x1-ascii.txt \
	tests/ui/golden/flows-1x1.txt \
	tests/ui/golden/flows-20x3-ascii.txt \
	tests/ui/golden/flows-20x3.txt \
	tests/ui/golden/flows-40x8-ascii.txt \
	tests/ui/golden/flows-40x8.txt \
	tests/ui/golden/flows-80x24-ascii.txt \
	tests/ui/golden/flows-80x24.txt \
	tests/ui/golden/health-120x40.txt \
	tests/ui/golden/health-80x60.txt \
	tests/ui/golden/health-ascii.txt \
	tests/ui/golden/help-80x24.txt \
	tests/ui/golden/picker.txt
