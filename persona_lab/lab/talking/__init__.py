"""Questions, answers, conversations and their mind maps."""
