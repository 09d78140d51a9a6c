"""Files on their way into a project, and what became of them."""
