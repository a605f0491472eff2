"""The main job from nothing: a stack, a photo, pictures, one of them large, and everything forgotten again."""
