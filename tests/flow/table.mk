# tests of the flow table
