"""Components of the page Configure."""
