# The screen. Programs that show it link libui.a $(CORE_LIBS) $(NCURSES_LIBS).
noinst_LIBRARIES += libui.a
libui_a_SOURCES = \
	ui/app.c ui/app.h \
	ui/bar.c ui/bar.h \
	ui/canvas.c ui/canvas.h \
	ui/event.h \
	ui/freeze.c ui/freeze.h \
	ui/glyph.c ui/glyph.h \
	ui/guard.c ui/guard.h \
	ui/keys.c ui/keys.def ui/keys.h \
	ui/layout.c ui/layout.h \
	ui/list.c ui/list.h \
	ui/loop.c ui/loop.h \
	ui/page.c ui/page.h \
	ui/pane.h \
	ui/pane_detail.c \
	ui/pane_flows.c \
	ui/pane_health.c \
	ui/pane_help.c \
	ui/pane_picker.c \
	ui/prompt.c ui/prompt.h \
	ui/put.c ui/put.h \
	ui/rows.c ui/rows.h \
	ui/term.c ui/term.h \
	ui/theme.c ui/theme.h \
	ui/ui.c ui/ui.h \
	ui/ui_act.c \
	ui/ui_bars.c \
	ui/ui_prompt.c \
	ui/world.c ui/world.h
