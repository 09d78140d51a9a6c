"""Other servers to measure beside: the same job done the usual way."""
