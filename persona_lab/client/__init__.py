"""The client's side of the wire; the only place that knows httpx."""
