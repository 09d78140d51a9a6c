"""What one interview says, found by the language itself."""
