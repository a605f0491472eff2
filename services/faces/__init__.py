"""Who is in a picture: detect, align, embed, judge and compare faces. Arrays in, values out; no server, no wire.

face          what a face is                      geometry, pose    pure arithmetic on key points
quality       numbers and verdicts about a photo  embedding, fusion what an identity is, and when two are one person
engine        the interface, and what all share   onnx_*, dlib_*    the two engines behind it
"""
