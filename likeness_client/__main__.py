"""`python -m likeness_client` is the `likeness` command, also where its script is not on the path."""

from likeness_client.main import app

app(prog_name="likeness")
