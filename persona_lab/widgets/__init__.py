"""What is drawn live in a notebook: one Python file, one script and one style sheet per widget."""
