"""What a text means, as a vector: near each other where two texts say the same, in Korean as in English."""
