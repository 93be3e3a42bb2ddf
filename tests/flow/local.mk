# tests of flow
include tests/flow/table.mk
include tests/flow/view.mk

if WITH_CRITERION
check_PROGRAMS += tests/flow/test_common
TESTS += tests/flow/test_common
tests_flow_test_common_SOURCES = tests/flow/test_common.c
tests_flow_test_common_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_common_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
check_PROGRAMS += tests/flow/test_conversations
TESTS += tests/flow/test_conversations
tests_flow_test_conversations_SOURCES = tests/flow/test_conversations.c
tests_flow_test_conversations_CFLAGS = $(AM_CFLAGS) $(CRITERION_CFLAGS)
tests_flow_test_conversations_LDADD = $(CORE_LIBS) $(CRITERION_LIBS)
endif
