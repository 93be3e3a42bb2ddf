# tests of columns, filter, record, topk, names
