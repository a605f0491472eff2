"""What a photo is good for: the chosen face, its quality, and findings that tell a person what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from services.faces import advice
from services.faces.crop import luminance
from services.faces.face import Face, Pixels
from services.faces.geometry import largest_face, rivals
from services.faces.limits import LEAST_SCORE, LIMITS, RIVAL_SHARE, Fault, Limit, Verdict, score_of
from services.faces.quality import Quality, Size, quality_of
from services.faces.sharpness import sharpness_of

# A glance at the whole photo: its side in pixels; the mean that is black, the share of white that is too much, and the
# sharpness of a photo in which not even the face could be found.
_GLANCE = 320
_BLACK, _MUCH_WHITE, _SOFT = 0.05, 0.3, 0.15
_WHITE = 0.99


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, how bad it is, and what to do about it."""

    fault: Fault
    verdict: Verdict
    advice: str
    measured: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about one photo but its embedding, so that it may be shown."""

    size: Size
    faces: tuple[Face, ...]
    """In pixels of the photo as sent, largest first."""
    chosen: int | None
    """Index into faces. Unset where none can be told to be meant."""
    quality: Quality | None
    score: float
    """0 to 1; 0 where no face is chosen."""
    findings: tuple[Finding, ...]
    """Worst first."""

    @property
    def verdict(self) -> Verdict:
        return max((finding.verdict for finding in self.findings), default=Verdict.ACCEPT)

    @property
    def face(self) -> Face | None:
        return None if self.chosen is None else self.faces[self.chosen]


def report_on(pixels: Pixels, faces: Sequence[Face], scale: float = 1.0) -> Report:
    """`faces` are those found in `pixels`; `scale` says how many times larger the photo was sent."""
    size = Size(round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    if not faces:
        return Report(size, (), None, None, 0.0, (_nobody(pixels),))
    ordered = sorted(faces, key=lambda face: face.box.area, reverse=True)
    sent = tuple(face.scaled(scale) for face in ordered)
    chosen = largest_face(ordered)
    if others := rivals(ordered, chosen, RIVAL_SHARE):
        return Report(size, sent, None, None, 0.0, (_several(1 + len(others)),))
    quality = quality_of(pixels, chosen, scale)
    score = score_of(quality)
    return Report(size, sent, 0, quality, score, tuple(findings_on(quality, score, chosen)))


def judged(quality: Quality, limits: Sequence[Limit] = LIMITS) -> list[Finding]:
    """One finding for every limit that is passed, worst first, of one fault only the worst."""
    findings: dict[Fault, Finding] = {}
    for limit in limits:
        verdict, passed = limit.judge(measured := limit.value(quality))
        known = findings.get(limit.fault)
        if verdict is Verdict.ACCEPT or (known is not None and known.verdict >= verdict):
            continue
        text = advice.advice_for(limit, quality, verdict)
        findings[limit.fault] = Finding(limit.fault, verdict, text, measured, passed)
    return sorted(findings.values(), key=lambda finding: -finding.verdict)


def findings_on(quality: Quality, score: float, chosen: Face) -> list[Finding]:
    """Those of single limits, and of what they leave together."""
    findings = judged(quality)
    if score < LEAST_SCORE and not any(finding.verdict is Verdict.REFUSE for finding in findings):
        findings.insert(0, Finding(Fault.LOW_QUALITY, Verdict.REFUSE, advice.LITTLE_LEFT, score, LEAST_SCORE))
    if chosen.unconfirmed:
        findings.append(Finding(Fault.LOW_QUALITY, Verdict.WARN, advice.DOUBTFUL))
    return sorted(findings, key=lambda finding: -finding.verdict)


def _nobody(pixels: Pixels) -> Finding:
    """No face, with the reason where the photo as a whole shows one."""
    light = luminance(np.asarray(Image.fromarray(pixels).resize((_GLANCE, _GLANCE), Image.Resampling.LANCZOS)))
    text = advice.NO_FACE
    if light.mean() < _BLACK:
        text = advice.NO_FACE_DARK
    elif (light > _WHITE).mean() > _MUCH_WHITE:
        text = advice.NO_FACE_WHITE
    elif sharpness_of(light) < _SOFT:
        text = advice.NO_FACE_BLURRED
    return Finding(Fault.NO_FACE, Verdict.REFUSE, text)


def _several(count: int) -> Finding:
    return Finding(Fault.MULTIPLE_FACES, Verdict.REFUSE, advice.SEVERAL.format(count=count), count, 1)
