"""What the page Review draws."""
