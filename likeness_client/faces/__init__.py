"""What `likeness inspect` and `likeness verify` share: photos in; answers of a service, or made here; pictures out."""
