"""Static pictures that stay in a saved notebook, and the report."""
