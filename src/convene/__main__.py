"""`python -m convene` is the command line."""

from convene.cli import main

if __name__ == "__main__":
    main()
