"""What the page Collect draws."""
