"""The database: rows and the events that announce them, written together."""
