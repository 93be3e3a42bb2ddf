# tests/port: live
