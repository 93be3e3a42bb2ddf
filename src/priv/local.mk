# src/priv
librawtop_a_SOURCES += \
	src/priv/helper.c src/priv/helper.h \
	src/priv/message.h \
	src/priv/priv.c src/priv/priv.h \
	src/priv/reduce.c src/priv/reduce.h
