"""Servers that look like the real ones, on real sockets, and misbehave when told to."""
