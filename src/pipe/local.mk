librawtop_a_SOURCES += \
	src/pipe/block.c src/pipe/block.h \
	src/pipe/ring.c src/pipe/ring.h
