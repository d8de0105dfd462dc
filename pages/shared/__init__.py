"""What several pages draw in the same way."""
