"""History over HTTP: what to ask for, asking politely, and what became of each hour."""
