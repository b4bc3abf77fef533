"""The same use cases for operators: one module per command group."""
