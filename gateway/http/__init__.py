"""The API for callers without gRPC: JSON, photos and pictures over HTTP, and one page for people."""
