"""Findings across interviews: what people say of them, and how they came and went."""
