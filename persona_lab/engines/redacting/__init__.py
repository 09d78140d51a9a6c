"""Pseudonyms for engines that go over the network, and the way back to what was said."""
