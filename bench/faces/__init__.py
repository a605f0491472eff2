"""What looking at faces costs: `python -m bench.faces`."""
