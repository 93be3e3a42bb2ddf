# src/pipe
