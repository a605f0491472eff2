"""What embedder and verifier share at the wire: the way of a photo through three queues, and messages of faces.

Everything else in services/faces knows no server, no message and no event loop.
"""
