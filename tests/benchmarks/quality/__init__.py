"""How good the local engine's answers are, each figure beside a baseline measured in the same run."""
