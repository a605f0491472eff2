"""Whether this machine can run Likeness, looked at from outside: nothing is started, nothing of a person is read."""
