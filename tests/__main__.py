"""All tests, with their files where they are quick: `python -m tests`, with pytest's own options."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.quick_folder import quick_folder


def main() -> None:
    """Ends as pytest does."""
    with quick_folder(os.environ) as folder:
        words = [sys.executable, "-m", "pytest", f"--basetemp={folder}/t", *sys.argv[1:]]
        ended = subprocess.run(words, env={**os.environ, "TMPDIR": str(folder)}, check=False).returncode
        if ended:
            sys.exit(ended)


if __name__ == "__main__":
    main()
