"""Jobs and their events in the words of the API. Pure."""

from likeness.common.v1.reason_pb2 import Problem, Reason
from likeness.gateway.v1 import event_pb2, job_pb2
from likeness.gateway.v1.result_pb2 import Result

from gateway import names
from gateway.jobs.port import FINAL, Job, State
from gateway.pipeline.events import GivenUp, Judged, Kept, Looked, Moved
from gateway.pipeline.orders import Place
from gateway.pipeline.pack import Tally
from gateway.retention.holdings import Holding
from likeness_wire.errors import BadPhoto, class_of, name_of
from likeness_wire.times import instant

STATES = {
    State.QUEUED: job_pb2.STATE_QUEUED,
    State.RUNNING: job_pb2.STATE_RUNNING,
    State.SUCCEEDED: job_pb2.STATE_SUCCEEDED,
    State.PARTIAL: job_pb2.STATE_PARTIAL,
    State.FAILED: job_pb2.STATE_FAILED,
    State.CANCELLED: job_pb2.STATE_CANCELLED,
}


def job(job: Job, tally: Tally, holding: Holding, photos: Holding | None, now: int) -> job_pb2.Job:
    """Without spec, results and what made them, which lie in the vault. `now`: milliseconds by the jobs' clock."""
    over = job.state in FINAL
    return job_pb2.Job(
        name=names.job(job.tenant, job.id),
        state=STATES[job.state],
        stage=tally.stage if job.state is State.RUNNING else job_pb2.STAGE_UNSPECIFIED,
        progress=tally.progress(now),
        problem=_problem(job.state, job.reason, tally),
        create_time=instant(job.create_time),
        start_time=instant(job.start_time) if job.start_time is not None else None,
        end_time=instant(job.end_time) if job.end_time is not None else None,
        photos_expire_time=instant(photos.expire_time) if photos else None,
        expire_time=instant(holding.expire_time),
        hard_expire_time=instant(holding.hard_expire_time),
        metrics=tally.metrics() if over else None,
        timings=tally.timings(),
    )


def result(holding: Holding, number: int, kept: Result) -> Result:
    """With what only the job knows: which one it is, and until when."""
    message = Result()
    message.CopyFrom(kept)
    message.name = names.result(holding.tenant, holding.id, number)
    message.expire_time.FromMilliseconds(holding.expire_time)
    return message


def state_changed(tally: Tally, time: int) -> event_pb2.StateChanged:
    return event_pb2.StateChanged(state=STATES[tally.state], stage=tally.stage, progress=tally.progress(time))


def picture_ref(place: Place, tally: Tally, about: Judged | Kept | GivenUp | Moved | Looked) -> event_pb2.PictureRef:
    """Of a picture that was given up before it could be rendered: the try before, if there was one."""
    before = [each for each in tally.tries if each.number == place.number]
    attempt, seed = about.attempt, about.seed
    if not attempt:
        attempt, seed = (before[-1].attempt, before[-1].seed) if before else (1, place.order.seed)
    return event_pb2.PictureRef(
        style_index=place.style_index,
        style=place.order.style,
        picture=place.picture,
        pictures=place.pictures,
        attempt=attempt,
        seed=seed,
    )


def _problem(state: State, reason: Reason | None, tally: Tally) -> Problem | None:
    if reason is None or state is State.CANCELLED:
        return None
    kept, wanted, best = len(tally.results), sum(tally.wanted), tally.best()
    metadata = {"kept": str(kept), "wanted": str(wanted)}
    if best is not None:
        metadata["best_drift"] = f"{best.value:.3f}"
    if tally.photo:
        metadata["photo"] = tally.photo
    return Problem(reason=reason, message=_sentence(reason, kept, wanted, tally), metadata=metadata)


def _sentence(reason: Reason, kept: int, wanted: int, tally: Tally) -> str:
    words = name_of(reason).lower().replace("_", " ")
    if class_of(reason) is BadPhoto and not tally.tries:
        return f"the photos cannot be used ({words}): send others"
    return f"{kept} of {wanted} pictures were kept; what stood in the way most often: {words}"
