"""Training of the body net: what it learns from, the net, the training loop and the figures."""
