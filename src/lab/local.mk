# src/lab
