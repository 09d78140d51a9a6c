"""Nothing is shown as a quote that was not said."""
