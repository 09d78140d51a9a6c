"""What becomes of things after they were deleted, and who did what."""
