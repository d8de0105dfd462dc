"""What the Learn pages show: activations, gradients, convolutions, and the source study retold by measurements."""
