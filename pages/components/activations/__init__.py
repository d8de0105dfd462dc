"""Components of the page Activations."""
