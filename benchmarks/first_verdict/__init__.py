"""How long a user waits for the first number, for the verdict, and for `status`."""
