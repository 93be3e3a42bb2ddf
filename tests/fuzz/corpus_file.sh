#!/bin/sh
# Every kept input through the file source's target, fuzzer or not.
exec ./tests/fuzz/fuzz_file "${srcdir:-.}"/tests/fuzz/corpus/file/*
