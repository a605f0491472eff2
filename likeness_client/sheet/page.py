"""The contact sheet: one file of HTML that asks nobody for anything."""

from html import escape
from importlib.resources import files

from likeness_client.output import human_span, human_time
from likeness_client.sheet.cards import kept_card, rejected_card
from likeness_client.sheet.roll import Roll
from likeness_client.sheet.scale import strip
from likeness_client.values.basics import MadeBy
from likeness_client.values.words import State

# Nothing is loaded, run or sent; pictures are in the page, and styles too.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"


def page(roll: Roll) -> str:
    """The whole document."""
    title = f"{roll.job.progress.kept} of {roll.job.progress.wanted} pictures"
    style = files("likeness_client.sheet").joinpath("sheet.css").read_text("utf-8")
    body = "".join((_head(roll), _notice(roll), _kept(roll), _rejected(roll), _foot(roll)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)} · Likeness</title><style>{style}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _head(roll: Roll) -> str:
    job, progress = roll.job, roll.job.progress
    numbers = [
        (str(progress.kept), f"of {progress.wanted} kept"),
        (str(progress.tries), "render" if progress.tries == 1 else "renders"),
    ]
    if job.metrics is not None and progress.kept:
        numbers.append((f"{job.metrics.lock_rate:.0%}", "of them locked"))
    if job.start_time and job.end_time:
        numbers.append((human_span(job.end_time - job.start_time), "to make"))
    tiles = "".join(f"<li><b>{escape(number)}</b> {escape(what)}</li>" for number, what in numbers)
    drift = next((each.drift for each in roll.tries if each.drift), None)
    drawn = strip(roll.tries, roll.thresholds(drift)) if drift else ""
    return (
        '<header class="head"><p class="brand">Likeness</p><h1>Contact sheet</h1>'
        f'<p class="when"><time datetime="{roll.made.isoformat()}">{escape(human_time(roll.made))}</time></p>'
        f'<ul class="numbers">{tiles}</ul>{drawn}</header>'
    )


def _notice(roll: Roll) -> str:
    notices = []
    if roll.restaged:
        notices.append(
            "<strong>Made by the preview engine.</strong> The photo itself was restaged as a portrait; "
            "no model synthesised anything."
        )
    if roll.job.problem and roll.job.state is not State.SUCCEEDED:
        reason = f'<code class="reason">{escape(roll.job.problem.reason)}</code>'
        notices.append(f"{escape(roll.job.problem.message)} {reason}")
    return "".join(f'<p class="notice">{notice}</p>' for notice in notices)


def _kept(roll: Roll) -> str:
    cards, empty = [], []
    for style, results in roll.by_style():
        cards += [kept_card(roll, result) for result in results]
        if not results:
            empty.append(f'<p class="why">{escape(roll.titles.get(style, style))}: none was near enough.</p>')
    return f'<section><h2>Kept</h2><div class="grid">{"".join(cards)}</div>{"".join(empty)}</section>'


def _rejected(roll: Roll) -> str:
    if not roll.rejected:
        return ""
    cards = "".join(rejected_card(roll, render) for render in roll.rejected)
    return (
        f'<section class="rejected"><h2>Not kept <small>{len(roll.rejected)}</small></h2>'
        f'<div class="grid">{cards}</div></section>'
    )


def _foot(roll: Roll) -> str:
    rows = [("What the server has", _fate(roll)), ("Consent", escape(roll.consent))]
    recogniser = roll.server.recogniser
    if recogniser:
        rows.append(("Measured by", f"<code>{escape(recogniser.id)}</code>"))
    rows += [("Made by", _engine(made)) for made in _makers(roll)]
    rows.append(("Marked", escape(_marking(roll))))
    rows.append(("Job", f"<code>{escape(roll.job.name)}</code>"))
    rows.append(("Server", escape(f"{roll.server.profile}, version {roll.server.version}")))
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{text}</dd></div>" for name, text in rows)
    return f'<footer><dl class="rows">{lines}</dl></footer>'


def _fate(roll: Roll) -> str:
    if roll.receipt is None:
        return (
            f"Photos and pictures, until they expire: {escape(human_time(roll.job.expire_time))}. "
            f"Unreadable whatever happens from {escape(human_time(roll.job.hard_expire_time))}."
        )
    return (
        f"Nothing. Everything was made unreadable {escape(human_time(roll.receipt.key_destroy_time))}, "
        f"{human_span(roll.receipt.hard_expire_time - roll.receipt.key_destroy_time)} before its deadline, removed, "
        'and looked for in vain. <a href="receipt.json">Receipt</a> '
        f"{roll.receipt.sequence}, signed by key <code>{escape(roll.receipt.key_id)}</code>, was checked and holds."
    )


def _marking(roll: Roll) -> str:
    """What the server puts into pictures so that others can tell how they came to be."""
    state = roll.server.provenance
    parts = ["Metadata"]
    if state.signed:
        test = ", a test certificate that nobody vouches for" if state.test_certificate else ""
        parts.append(f"a C2PA manifest signed by {state.certificate_subject or 'the server'}{test}")
    if state.watermarked:
        parts.append("an invisible watermark")
    elif state.watermark_off_reason:
        parts.append(f"no invisible watermark ({state.watermark_off_reason})")
    return "; ".join(parts)


def _makers(roll: Roll) -> list[MadeBy]:
    """Each once, in the order in which they first took part."""
    made = [*roll.job.made_by, *(each for result in roll.job.results for each in result.made_by)]
    return list({(each.engine, each.device): each for each in made}.values())


def _engine(made: MadeBy) -> str:
    models = "; ".join(
        f"{model.name} ({model.licence}, commercial use: {model.commercial_use})" for model in made.models
    )
    return escape(f"{made.engine} on {made.device}" + (f": {models}" if models else ""))
