librawtop_a_SOURCES += \
	src/engine/account.def \
	src/engine/blind.c src/engine/blind.h \
	src/engine/capture.c \
	src/engine/command.c src/engine/command.h \
	src/engine/engine.c src/engine/engine.h \
	src/engine/inside.h \
	src/engine/keeper.c \
	src/engine/records.c \
	src/engine/report.c \
	src/engine/snapshot.c src/engine/snapshot.h \
	src/engine/steer.c \
	src/engine/worker.c
