# tests of port
