"""Interviews that belong together, and what their people say."""
