"""Approved orders out to the card factory, and the working days in which it is counted."""
