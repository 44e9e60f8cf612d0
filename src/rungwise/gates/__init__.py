"""Rules that read evidence and give a verdict: one a file. The file's name is the gate's name."""
