"""The engine on SQLite: one connection writes, in one thread, many verbs to a transaction."""
