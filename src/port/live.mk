# src/port: live
