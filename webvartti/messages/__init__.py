"""What the holder is told, in which language and by which way."""
