"""HTTP to use case and back to a page: one module per blueprint."""
