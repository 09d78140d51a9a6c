"""The project's events as they arrive: the local copy, the board's rows, and figures of the stream."""
