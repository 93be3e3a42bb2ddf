# tests of priv
