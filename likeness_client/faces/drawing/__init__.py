"""A photo with what the embedder saw in it: marks on a copy, and a card of numbers and advice beside it."""

from likeness_client.faces.drawing.sheet import sheet

__all__ = ["sheet"]
