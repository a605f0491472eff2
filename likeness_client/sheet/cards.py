"""The pictures of the page, and what is said beneath each. Every word that came from elsewhere is escaped."""

import base64
from html import escape

from likeness_client.output import human_size
from likeness_client.sheet.roll import Roll
from likeness_client.sheet.scale import gauge
from likeness_client.values.basics import Drift
from likeness_client.values.result import Result, Try
from likeness_client.values.words import Outcome, Source

_LABELS = {
    Source.TRAINED_ALGORITHMIC: "labelled as made by AI",
    Source.COMPOSITE: "labelled as a composite",
    Source.UNKNOWN: "labelled",
}


def kept_card(roll: Roll, result: Result) -> str:
    """A picture that leads to its file."""
    title = f"{roll.titles.get(result.style, result.style)} {result.picture + 1}"
    file = roll.files[result.name]
    facts = [
        ("seed", str(result.seed)),
        ("tries", str(result.tries)),
        ("size", f"{result.size}, {human_size(result.size_bytes)}"),
        ("engine", result.engine or "not said"),
        *_further(result),
    ]
    return (
        f'<article class="card"><a class="frame" href="{escape(file, quote=True)}"{_shape(result)}>'
        f"{_image(roll.thumbnails.get(result.name), title)}</a>"
        f"<header><h3>{escape(title)}</h3>{_chip(result.drift)}</header>"
        f"{_measured(roll, result.drift)}{_facts(facts)}{_marks(result)}</article>"
    )


def rejected_card(roll: Roll, render: Try) -> str:
    """A render that was not kept, and why."""
    title = f"{roll.titles.get(render.style, render.style)} {render.picture + 1}, try {render.attempt}"
    late = " after enlarging" if render.outcome is Outcome.REJECTED_AFTER_UPSCALE else ""
    why = render.problem.message if render.problem else "The server gives no reason."
    reason = f'<code class="reason">{escape(render.problem.reason)}</code>' if render.problem else ""
    return (
        f'<article class="card small"><div class="frame">{_image(roll.thumbnails.get(render.name), title)}</div>'
        f"<header><h3>{escape(title)}</h3>{_chip(render.drift)}</header>"
        f"{_measured(roll, render.drift)}"
        f'<p class="why">{escape(why)}{escape(late)} {reason}</p>'
        f"{_facts([('seed', str(render.rendering.seed))])}</article>"
    )


def _image(jpeg: bytes | None, title: str) -> str:
    if jpeg is None:
        return '<span class="none">no thumbnail</span>'
    data = base64.b64encode(jpeg).decode()
    return f'<img alt="{escape(title, quote=True)}" src="data:image/jpeg;base64,{data}">'


def _shape(result: Result) -> str:
    """So that nothing jumps while pictures are decoded."""
    width, height = result.size.width, result.size.height
    return f' style="aspect-ratio:{width}/{height}"' if width and height else ""


def _chip(drift: Drift | None) -> str:
    tier = drift.tier if drift else "unmeasured"
    return f'<span class="chip {escape(tier, quote=True)}">{escape(tier)}</span>'


def _measured(roll: Roll, drift: Drift | None) -> str:
    return gauge(drift, roll.thresholds(drift)) if drift else '<p class="why">No face could be measured in it.</p>'


def _further(result: Result) -> list[tuple[str, str]]:
    facts = [("second opinion", str(drift)) for drift in result.second_opinions]
    if result.drift_before_upscale:
        facts.append(("before enlarging", str(result.drift_before_upscale)))
    return facts


def _marks(result: Result) -> str:
    """What the file says of itself, and a warning where it is too near to a photo."""
    provenance = result.provenance
    marks = [
        name
        for there, name in (
            (provenance.metadata, _LABELS[provenance.source]),
            (provenance.signed, "signed (C2PA)"),
            (provenance.watermarked, "watermarked"),
        )
        if there
    ]
    warning = '<p class="warning">Nearer to a photo than the photos are to one another.</p>' if result.copy else ""
    return warning + (f'<p class="marks">{escape(" · ".join(marks))}</p>' if marks else "")


def _facts(facts: list[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>' for name, value in facts)}</dl>"
