"""What findings are worth: agreement, coverage, saturation, trends, engines side by side."""
