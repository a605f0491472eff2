"""`likeness upscale`: a photo made larger, by a service or right here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from likeness.common.v1 import reason_pb2 as reasons

from likeness_client.commands.upscale_files import check_out, write
from likeness_client.commands.upscale_passes import Enlarged, Enlarger, Given, Wishes
from likeness_client.failure import CommandFailed, needs_extra
from likeness_client.output import show_json
from likeness_wire.errors import BadRequest
from services.upscaler.targets import ByFactor, ByLongSide, Exactly, Size, Target, passes

app = typer.Typer(no_args_is_help=True, help="A photo made larger, with the detail a larger one would have.")

_FOUR_K = 3840

Tell = Callable[[float], None]


@app.command()
def upscale(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="JPEG, PNG, WebP or HEIC.")],
    out: Annotated[Path, typer.Option(help="Where to: .png, .jpg or .webp.")],
    long_side: Annotated[int | None, typer.Option(min=1, help="The longer side in pixels. Default: 3840.")] = None,
    factor: Annotated[float | None, typer.Option(min=0.01, help="So many times its own size.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Exactly this size; what hangs over is cut.")] = None,
    network: Annotated[str, typer.Option(help="Network by name. Default: the service's own, or what is here.")] = "",
    denoise: Annotated[float | None, typer.Option(min=0, max=1, help="Noise to take out, where it can.")] = None,
    local: Annotated[bool, typer.Option("--local", help="Compute here; no service is needed.")] = False,
    server: Annotated[
        str, typer.Option(help="The upscaler service.", envvar="LIKENESS_UPSCALER_TARGET")
    ] = "127.0.0.1:7430",
    device: Annotated[str, typer.Option(help="With --local: cpu, cuda, cuda:1, …", envvar="LIKENESS_DEVICE")] = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="With --local: threads. Default: all cores.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="With --local: the models directory.", envvar="LIKENESS_MODELS_DIR")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make a photo larger, with the detail a larger one would have. Without a target its longer side becomes 3840
    pixels, which is 4K. What one pass of the network does not give, several do."""
    target = _target(long_side, factor, size)
    check_out(photo, out, force)
    began = perf_counter()
    wishes = Wishes(network, denoise, lossless=out.suffix.lower() == ".png")
    with _enlarger(local, server, device, threads, folder, wishes) as enlarger:
        given = enlarger.open(photo)
        done = in_passes(enlarger, given, target, quiet=as_json)
    write(done[-1], out, quality)
    facts = {
        "out": str(out),
        "width": done[-1].size.width,
        "height": done[-1].size.height,
        "passes": len(done),
        "tiles": sum(each.tiles for each in done),
        "network": done[-1].network,
        "precision": done[-1].precision,
        "device": done[-1].device,
        "seconds": round(perf_counter() - began, 2),
    }
    if as_json:
        show_json(facts)
    else:
        typer.echo(_summary(facts))


def in_passes(enlarger: Enlarger, given: Given, target: Target, *, quiet: bool) -> list[Enlarged]:
    """Every pass's result, the last being the one that was asked for."""
    with _bar(quiet) as begin:
        try:
            return [enlarger.enlarge(given, target, begin("enlarging"))]
        except BadRequest as error:
            if error.reason != reasons.REASON_SCALE_TOO_LARGE:
                raise
            size = Size(int(error.metadata["width"]), int(error.metadata["height"]))
            steps = passes(size, target, float(error.metadata["limit"]))
        done: list[Enlarged] = []
        for number, step in enumerate(steps, 1):
            done.append(enlarger.enlarge(given, step, begin(f"pass {number} of {len(steps)}")))
            given = done[-1].again()
        return done


def _target(long_side: int | None, factor: float | None, size: str | None) -> Target:
    if sum(given is not None for given in (long_side, factor, size)) > 1:
        raise CommandFailed("give one of --long-side, --factor and --size")
    if factor is not None:
        return ByFactor(factor)
    if size is not None:
        width, _, height = size.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            raise CommandFailed(f"--size {size}: write it as 3840x2160")
        return Exactly(Size(int(width), int(height)))
    return ByLongSide(long_side or _FOUR_K)


@contextmanager
def _enlarger(
    local: bool, server: str, device: str, threads: int | None, folder: Path | None, wishes: Wishes
) -> Iterator[Enlarger]:
    if not local:
        from likeness_client.commands.upscale_remote import RemoteEnlarger

        yield RemoteEnlarger(server, wishes)
        return
    with needs_extra("embedded"):
        from likeness_client.commands.upscale_local import local_enlarger
    with local_enlarger(device, threads, folder, wishes) as enlarger:
        yield enlarger


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str], Tell]]:
    """On standard error, so that standard output is the result's alone. A function that begins a line of it."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        line = progress.add_task("", total=1.0)

        def begin(name: str) -> Tell:
            progress.reset(line, total=1.0, description=name)
            return lambda share: progress.update(line, completed=share)

        yield begin


def _summary(facts: dict[str, object]) -> str:
    how = f"{facts['network']} in {facts['precision']} on {facts['device']}" if facts["network"] else "resized only"
    times = "1 pass" if facts["passes"] == 1 else f"{facts['passes']} passes"
    return f"{facts['out']}: {facts['width']} × {facts['height']}, {how}, {times}, {facts['seconds']} s"
