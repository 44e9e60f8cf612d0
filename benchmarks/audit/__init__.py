"""The data audit against the tools that do one part of it each."""
