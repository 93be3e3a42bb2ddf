# The subcommands. A library of their own: watch and lab call the screen, and
# the core must not know it.
noinst_LIBRARIES += libcmd.a
libcmd_a_SOURCES = \
	src/cmd/cmd.h \
	src/cmd/commands.def \
	src/cmd/doctor.c src/cmd/doctor.h \
	src/cmd/doctor_iface.c \
	src/cmd/doctor_kernel.c \
	src/cmd/flows.c \
	src/cmd/help.c \
	src/cmd/lab.c \
	src/cmd/nearest.c src/cmd/nearest.h \
	src/cmd/option_table.c \
	src/cmd/options.c src/cmd/options.def src/cmd/options.h \
	src/cmd/print.c \
	src/cmd/screen.c src/cmd/screen.h \
	src/cmd/session.c src/cmd/session.h \
	src/cmd/shell_word.c src/cmd/shell_word.h \
	src/cmd/stack.c \
	src/cmd/values.c \
	src/cmd/watch.c \
	src/cmd/writer.c src/cmd/writer.h
libcmd_a_CPPFLAGS = $(AM_CPPFLAGS) -DRAWTOP_VERSION=\"$(PACKAGE_VERSION)\"

bin_PROGRAMS += rawtop
rawtop_SOURCES = src/main.c
rawtop_LDADD = libcmd.a libui.a $(CORE_LIBS) $(NCURSES_LIBS)

# It makes the man page.
noinst_PROGRAMS += src/cmd/mkman
src_cmd_mkman_SOURCES = src/cmd/mkman.c
src_cmd_mkman_CPPFLAGS = $(libcmd_a_CPPFLAGS)
src_cmd_mkman_LDADD = libcmd.a $(CORE_LIBS)
