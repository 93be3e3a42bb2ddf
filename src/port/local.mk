# src/port
