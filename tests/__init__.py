"""The tests."""

import os

for _size in ("COLUMNS", "LINES"):  # of the terminal that they were started from: what is printed depends on it
    os.environ.pop(_size, None)
