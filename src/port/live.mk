# src/port: live
librawtop_a_SOURCES += \
	src/port/filter.c src/port/filter.h \
	src/port/source.h src/port/source_counts.def src/port/sources.h
