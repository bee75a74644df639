"""Finding items: a filter that lives in the address, and one page of what fits it."""
