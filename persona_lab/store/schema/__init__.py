"""The tables, who may see which of their rows, and the way there from older ones."""
