"""What the page The source study draws."""
