"""The trash, and taking things out for good."""
