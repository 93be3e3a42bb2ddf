# The proofs of the ring: a model for spin, and what else needs a compiler of
# its own. They skip, and say why, where the tool is missing.
PIPE_PROOFS = \
	tests/pipe/explore.sh \
	tests/pipe/ring_model.sh \
	tests/pipe/stress_tsan.sh
dist_check_SCRIPTS += $(PIPE_PROOFS)
TESTS += $(PIPE_PROOFS)
EXTRA_DIST += \
	tests/pipe/explore.c \
	tests/pipe/explore.h \
	tests/pipe/explore_litmus.c \
	tests/pipe/explore_ring.c \
	tests/pipe/model/base/atom.h \
	tests/pipe/ring.pml

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

# Plain programs: Criterion does not work under ThreadSanitizer.
check_PROGRAMS += tests/pipe/stress_ring tests/pipe/bench_ring
TESTS += tests/pipe/stress_ring
tests_pipe_stress_ring_SOURCES = tests/pipe/stress_ring.c
tests_pipe_stress_ring_LDADD = $(CORE_LIBS)
tests_pipe_bench_ring_SOURCES = tests/pipe/bench_ring.c
tests_pipe_bench_ring_LDADD = $(CORE_LIBS)
