"""The server against a naive endpoint, under overload, and while the release is changed."""
