"""One item on one page: from what was seen to what became of it."""
