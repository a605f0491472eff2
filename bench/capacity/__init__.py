"""What `likeness capacity` says of a system, against that system."""
