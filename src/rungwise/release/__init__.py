"""The versioned package that is deployed: its format, its checks, its predictions."""
