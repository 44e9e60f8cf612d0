"""Figures of the source tree's shape: how much of it there is, and how it hangs together."""
