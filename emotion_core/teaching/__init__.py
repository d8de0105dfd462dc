"""Content of the Learn pages: activations, gradients, convolutions, and a measured review of the source study."""
