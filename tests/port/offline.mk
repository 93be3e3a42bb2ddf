# tests/port: offline
