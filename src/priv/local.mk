# src/priv
