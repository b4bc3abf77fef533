"""The main database: SQLAlchemy Core over SQLite or PostgreSQL. The only room that knows SQL."""
