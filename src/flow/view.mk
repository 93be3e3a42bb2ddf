# columns, filter, record, topk, names
