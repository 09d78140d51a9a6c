"""Personas, as cells hold and show them."""
