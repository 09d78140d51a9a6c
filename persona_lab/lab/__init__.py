"""What a notebook cell touches: the lab, its projects, interviews and answers."""
