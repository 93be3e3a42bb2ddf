/*
 * driver.h: what a fuzz target offers: libFuzzer's entry point. With
 * --enable-fuzz the fuzzer calls it; otherwise driver.c does, once for every
 * file of the corpus.
 */
#ifndef RAWTOP_TESTS_FUZZ_DRIVER_H
#define RAWTOP_TESTS_FUZZ_DRIVER_H

#include <stddef.h>
#include <stdint.h>

/* Runs one input; aborts when a promise is broken. Returns 0 always. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
