"""The words and rules of the field. Standard library only: everything else may import this, this imports nothing."""
