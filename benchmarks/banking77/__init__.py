"""The whole way on BANKING77, as a user types it: time, memory, and what the test says."""
