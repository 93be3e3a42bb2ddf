# src/port: offline
