"""Answers made of what participants said, and what else is made of answers."""
