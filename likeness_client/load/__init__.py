"""A gateway under load, as its callers feel it: whole jobs, so many at a time, and where their time went."""
