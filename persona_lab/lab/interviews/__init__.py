"""One interview, as a cell holds it: its turns, its analysis, its speakers."""
