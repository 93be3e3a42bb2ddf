# tests of pipe
