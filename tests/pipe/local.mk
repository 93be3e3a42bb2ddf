# The proofs of the ring: a model for spin, and what else needs a compiler of
# its own. They skip, and say why, where the tool is missing.
PIPE_PROOFS = tests/pipe/ring_model.sh
dist_check_SCRIPTS += $(PIPE_PROOFS)
TESTS += $(PIPE_PROOFS)
EXTRA_DIST += tests/pipe/ring.pml

if WITH_CRITERION
PIPE_TESTS = \
	tests/pipe/test_block \
	tests/pipe/test_ring
check_PROGRAMS += $(PIPE_TESTS)
TESTS += $(PIPE_TESTS)

tests_pipe_test_block_SOURCES = tests/pipe/test_block.c
tests_pipe_test_block_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_pipe_test_block_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)

tests_pipe_test_ring_SOURCES = tests/pipe/test_ring.c
tests_pipe_test_ring_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_pipe_test_ring_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
