"""`python -m node` is the command `yibao`."""

from node.cli.main import run

if __name__ == "__main__":
    run()
