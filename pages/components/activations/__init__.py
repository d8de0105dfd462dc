"""What the page Activations draws."""
