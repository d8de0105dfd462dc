"""What the page Predict draws."""
