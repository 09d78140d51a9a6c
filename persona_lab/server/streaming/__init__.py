"""From the log to every open stream."""
