"""The one door through which the ledger grows; only `workflow` may open it."""
