"""What the page Configure draws."""
