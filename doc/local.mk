# The man page, made from its prose and from the tables that the program reads.
EXTRA_DIST += doc/rawtop.8.in doc/architecture.md doc/differences.md \
	doc/measurements.md README.md dev
CLEANFILES += doc/rawtop.8
nodist_man_MANS = doc/rawtop.8

doc/rawtop.8: src/cmd/mkman$(EXEEXT) doc/rawtop.8.in
	$(AM_V_GEN)$(MKDIR_P) doc && \
	./src/cmd/mkman$(EXEEXT) $(srcdir)/doc/rawtop.8.in >$@-t && mv $@-t $@
