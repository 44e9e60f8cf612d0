"""The append-only, hash-chained ledger: everything shown anywhere is derived from it."""
