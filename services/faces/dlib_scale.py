"""What dlib's 128 numbers are worth. Apart from the code that makes them, since comparing needs no dlib."""

from services.faces.embedding import Recognition, SquaredDistance, Thresholds, fingerprint

NAME = "dlib-resnet-v1"
PREPROCESSING = "68-landmarks-150-rgb"
LENGTH = 128

# dlib publishes one line: two photos nearer than a Euclidean 0.6 show one person (99.38 % on LFW). It becomes the match
# line of ArcFace's scale; strangers then come out around 1 there too, as measured in docs/thresholds.md.
LINE = SquaredDistance(line=0.6, drift_there=0.55)
THRESHOLDS = Thresholds(locked=0.18, strong=0.30, match=0.55, stranger=0.55)


def recognition(digest: str, thresholds: Thresholds = THRESHOLDS) -> Recognition:
    """What the numbers of weights with that sha256 are."""
    return Recognition(fingerprint(NAME, digest, PREPROCESSING), LENGTH, thresholds, LINE)
