"""The blackboard: states, records, verbs, the single writer, the ledger, the read side."""
