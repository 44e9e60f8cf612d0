"""Changes to the code that decides, and whether a test notices each."""
