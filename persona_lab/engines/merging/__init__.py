"""What several interviews say together, and what people judged of it."""
