"""What a shoot leaves behind beside its pictures: a page for people, a record for programs."""
