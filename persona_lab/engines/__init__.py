"""Who reads interviews and answers questions, and the gate every quote passes."""
