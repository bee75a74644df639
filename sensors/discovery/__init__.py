"""From an address that a person has to a feed, and a look at it before it becomes a source."""
