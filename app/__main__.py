"""`python -m app`."""

import sys

from app.cli import main

if __name__ == "__main__":  # the processes that uvicorn spawns import this module as well
    sys.exit(main())
