librawtop_a_SOURCES += \
	src/base/atom.h \
	src/base/bits.h \
	src/base/clock.c src/base/clock.h \
	src/base/err.c src/base/err.h \
	src/base/exit.def \
	src/base/fault.c src/base/fault.h \
	src/base/memory.c src/base/memory.h \
	src/base/text.c src/base/text.h \
	src/base/thread.c src/base/thread.h
