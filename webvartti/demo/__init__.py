"""A country in a box: invented authorities, people and registers for demonstrations and tests. Refused in production."""
