"""The whole of Likeness on this machine: gateway and services as child processes of one command."""
