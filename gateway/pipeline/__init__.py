"""The course of one job, from photos to pictures that were kept, and what it leaves behind."""
