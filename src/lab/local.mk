# src/lab
librawtop_a_SOURCES += \
	src/lab/lab.h \
	src/lab/space.c src/lab/space.h
