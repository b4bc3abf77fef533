"""Who may have a card: extracts of the registers, loaded from CSV into one snapshot file each."""
