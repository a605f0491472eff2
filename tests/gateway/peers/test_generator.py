"""Calls of the generator: what belongs together, what is heard, what is sent again."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest
from likeness.common.v1 import reason_pb2 as reasons
from likeness.common.v1 import work_pb2
from likeness.common.v1.chunk_pb2 import Kind, Role
from likeness.generator.v1 import generator_pb2 as pb
from likeness.generator.v1 import options_pb2

from gateway.dispatch import Again
from gateway.metrics import GatewayMetrics
from gateway.peers import Look, Peers, Rendered, Turn, Unrendered
from likeness_wire import hop
from likeness_wire.errors import BadPhoto, BadRequest, Internal, NotAllowed, OutOfTime, Unavailable
from services.common.images import decode_trusted
from tests.gateway.peers.requests import order, picture
from tests.running import until
from tests.stand_ins import Render, StandIns, Trouble, lost
from tests.stand_ins.renders import read_stamp


async def test_each_picture_comes_with_its_facts(services: StandIns, peers: Peers, turn: Turn) -> None:
    """In the order asked for; the service is told whose turn it was."""
    pictures = await peers.generator.render(order(7, 8, 9), [], turn)

    assert all(isinstance(each, Rendered) for each in pictures)
    assert [7, 8, 9] == [each.facts.rendering.seed for each in pictures if isinstance(each, Rendered)]
    stamps = [read_stamp(decode_trusted(each.picture)) for each in pictures if isinstance(each, Rendered)]
    assert [(1, False), (2, False), (3, False)] == stamps
    assert services.generator.renders[0].options.priority == work_pb2.PRIORITY_INTERACTIVE


async def test_latents_come_beside_and_go_back(peers: Peers, turn: Turn, services: StandIns) -> None:
    """Those of a plan of two passes start the rescue, under the roles it takes them in."""
    asked = order(1, plan=options_pb2.Plan(name="anchor-style-rescue"), send_latents=True)
    (found,) = await peers.generator.render(asked, [], turn)
    assert isinstance(found, Rendered)
    assert found.latents is not None
    assert found.anchor_latents is not None
    assert np.frombuffer(found.anchor_latents.data, "<f4")[0] == -1

    shares = options_pb2.InitLatents(shares=[0.7, 0.3])
    rescue = order(1, plan=options_pb2.Plan(name="rescue"), start=options_pb2.Start(latents=shares))
    both = [replace(blob, role=Role.ROLE_LATENTS) for blob in (found.latents, found.anchor_latents)]
    await peers.generator.render(rescue, both, turn)

    assert services.generator.renders[1].roles == (Role.ROLE_LATENTS, Role.ROLE_LATENTS)


async def test_steps_and_looks_are_heard_as_they_come(services: StandIns, peers: Peers, turn: Turn) -> None:
    """While the picture is still being rendered, not with it."""
    go, heard = asyncio.Event(), list[pb.Step | Look]()
    services.generator.pause = lambda render: go.wait()  # type: ignore[assignment,return-value]

    rendering = asyncio.create_task(peers.generator.render(order(1, preview_every_steps=2), [], turn, heard.append))
    await until(lambda: len(heard) == 3)
    assert not rendering.done()
    go.set()
    await rendering

    first, second, look = heard
    assert isinstance(first, pb.Step)
    assert isinstance(second, pb.Step)
    assert isinstance(look, Look)
    assert (first.step, second.step, look.step) == (1, 2, 2)
    assert look.jpeg.startswith(b"\xff\xd8")


async def test_what_the_checker_refuses_stands_among_the_others(services: StandIns, peers: Peers, turn: Turn) -> None:
    """One picture will not come; the call goes on."""
    services.generator.refuse = lambda render: (
        BadPhoto(reasons.REASON_OUTPUT_REFUSED, "not that") if render.seed == 2 else None
    )

    first, second, third = await peers.generator.render(order(1, 2, 3), [], turn)

    assert isinstance(second, Unrendered)
    assert second.error.reason == reasons.REASON_OUTPUT_REFUSED
    assert isinstance(first, Rendered)
    assert isinstance(third, Rendered)


@pytest.mark.parametrize("trouble", [lost, Trouble(when="middle")], ids=["at once", "in mid-picture"])
async def test_a_lost_call_is_sent_again(
    services: StandIns, peers: Peers, turn: Turn, metrics: GatewayMetrics, trouble: Trouble
) -> None:
    """Whole, and counted; what had come of it before is not mixed with what comes then."""
    services.generator.trouble.append(trouble)

    (found,) = await peers.generator.render(order(5), [], turn)

    assert isinstance(found, Rendered)
    assert services.generator.calls == 2
    retries = {"service": "generator", "reason": "peer_unavailable"}
    assert metrics.registry.get_sample_value("likeness_dispatch_retries_total", retries) == 1


async def test_a_service_that_went_away_and_came_back(services: StandIns, peers: Peers, turn: Turn) -> None:
    """At the same address, in the middle of a picture."""
    left = asyncio.Event()

    async def leave(render: Render) -> None:
        if not left.is_set():
            left.set()
            await asyncio.Event().wait()

    services.generator.pause = leave
    async with services.peers(again=Again()) as patient:
        rendering = asyncio.create_task(patient.generator.render(order(5), [], turn))
        await left.wait()
        await services.generator.leave()
        await services.generator.come()
        async with asyncio.timeout(10):
            (found,) = await rendering

    assert isinstance(found, Rendered)
    assert [5, 5] == [render.seed for render in services.generator.renders]


async def test_a_request_that_is_wrong_is_not_sent_again(services: StandIns, peers: Peers, turn: Turn) -> None:
    """A picture that was not announced is the caller's fault."""
    with pytest.raises(BadRequest):
        await peers.generator.render(order(1), [picture()], turn)

    assert services.generator.calls == 1


async def test_the_deadline_of_the_caller_holds(services: StandIns, peers: Peers, turn: Turn) -> None:
    """And the service is told that nobody waits any more."""
    services.generator.pause = lambda render: asyncio.Event().wait()  # type: ignore[assignment,return-value]

    with hop.bound(0.3), pytest.raises(OutOfTime):
        await peers.generator.render(order(1), [], turn)

    await until(lambda: services.generator.given_up == 1)


async def test_whoever_leaves_ends_the_call(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Rows are freed at the next step, not at the deadline."""
    services.generator.pause = lambda render: asyncio.Event().wait()  # type: ignore[assignment,return-value]
    rendering = asyncio.create_task(peers.generator.render(order(1), [], turn))
    await until(lambda: services.generator.renders)
    rendering.cancel()

    await until(lambda: services.generator.given_up == 1)
    assert peers.generator.dispatch.in_flight == 0


async def test_a_second_call_of_a_step_ends_the_first(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Whoever lost the connection pays for one. The first is not sent again at once: it would end the second."""
    go = asyncio.Event()
    services.generator.pause = lambda render: go.wait()  # type: ignore[assignment,return-value]
    first = asyncio.create_task(peers.generator.render(order(1, step_id="job-1"), [], turn))
    await until(lambda: len(services.generator.renders) == 1)
    second = asyncio.create_task(peers.generator.render(order(1, step_id="job-1"), [], turn))
    await until(lambda: len(services.generator.renders) == 2)
    go.set()

    (found,) = await second
    assert isinstance(found, Rendered)
    with pytest.raises(Unavailable, match="once more"):
        await first
    assert services.generator.calls == 2


async def test_what_serves_is_known_while_it_answers(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Asked once; none while nothing answers."""
    found = await peers.generator.info()
    assert found is not None
    assert found.served_by.engine == "diffusion"
    assert await peers.generator.info() is found

    await services.generator.leave()
    async with asyncio.timeout(10):
        # The connection's end comes a moment after the server's.
        while await peers.generator.info() is not None:  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.002)


async def test_a_refusal_of_the_gateway_is_not_its_callers_fault(services: StandIns, peers: Peers, turn: Turn) -> None:
    """Whoever called the gateway is allowed to: it is the gateway that is not."""
    services.generator.trouble.append(Trouble(NotAllowed(reasons.REASON_NOT_ALLOWED, "this peer may not")))

    with pytest.raises(Internal):
        await peers.generator.render(order(1), [], turn)


async def test_losses_come_to_an_end(services: StandIns, peers: Peers, turn: Turn) -> None:
    """After four attempts it is for the step to wait longer."""
    services.generator.trouble.extend([lost] * 10)

    with pytest.raises(Unavailable):
        await peers.generator.render(order(1), [], turn)

    assert services.generator.calls == 4


async def test_rows_of_pixels_come_as_asked_for(peers: Peers, turn: Turn) -> None:
    """With the size that no PNG says."""
    (found,) = await peers.generator.render(order(1, kind=Kind.KIND_RGB8), [], turn)

    assert isinstance(found, Rendered)
    assert (found.picture.kind, found.picture.width, found.picture.height) == (Kind.KIND_RGB8, 128, 192)
