# tests of conform
