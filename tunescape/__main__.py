"""``python -m tunescape`` is the command line."""

from tunescape.cli import main

if __name__ == "__main__":
    main()
