"""Training as an iterator of steps: data order, optimizers, precision, and the trainer that joins them."""
