"""How a call to the outside fails well: gate, backoff, breaker, with_resilience."""
