"""Pictures on their way out."""

import pytest

from tests.gateway.http.web import Web, reason


async def test_a_picture_is_what_grpc_gives(web: Web) -> None:
    """With its type, a name to save it by, and nothing that a cache may keep."""
    job = await web.made()
    name = job["results"][0]["name"]
    _, content = await web.front.caller().download(name)

    answer = await web.http.get(f"/v1/{name}:download")

    assert content == answer.content
    assert ("image/jpeg", "no-store") == (answer.headers["content-type"], answer.headers["cache-control"])
    assert answer.headers["content-disposition"].endswith('-results-1.jpg"')


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("0-0", 0, 1),
        ("10-19", 10, 20),
        ("10-", 10, None),
        ("-5", -5, None),
        ("5-99999999", 5, None),
        ("-9999999", 0, None),
    ],
)
async def test_a_range_is_a_part_of_it(web: Web, asked: str, first: int, last: int | None) -> None:
    """Of bytes; from either end."""
    name = (await web.made())["results"][0]["name"]
    whole = (await web.http.get(f"/v1/{name}:download")).content

    answer = await web.http.get(f"/v1/{name}:download", headers={"range": f"bytes={asked}"})

    start = first % len(whole)
    assert (206, whole[first:last]) == (answer.status_code, answer.content)
    assert f"bytes {start}-{start + len(answer.content) - 1}/{len(whole)}" == answer.headers["content-range"]


@pytest.mark.parametrize("asked", ["99999999-", "7-3", "-0"])
async def test_a_range_outside_is_refused_with_the_size(web: Web, asked: str) -> None:
    """416, as resuming downloaders expect."""
    result = (await web.made())["results"][0]

    answer = await web.http.get(f"/v1/{result['name']}:download", headers={"range": f"bytes={asked}"})

    assert (416, f"bytes */{result['sizeBytes']}") == (answer.status_code, answer.headers["content-range"])


@pytest.mark.parametrize(
    "headers", [{"range": "bytes=0-1,5-6"}, {"range": "pixels=1-2"}, {"range": "bytes=1-2", "if-range": '"x"'}]
)
async def test_other_ranges_are_answered_with_the_whole(web: Web, headers: dict[str, str]) -> None:
    """Several at once, in other units, of another picture."""
    result = (await web.made())["results"][0]

    answer = await web.http.get(f"/v1/{result['name']}:download", headers=headers)

    assert (200, int(result["sizeBytes"])) == (answer.status_code, len(answer.content))


async def test_a_download_goes_on_where_it_broke_off(web: Web) -> None:
    """A result never changes, and its tag says so."""
    name = (await web.made())["results"][0]["name"]
    tag = (await web.http.get(f"/v1/{name}:download")).headers["etag"]

    answer = await web.http.get(f"/v1/{name}:download", headers={"range": "bytes=3-", "if-range": tag})

    assert 206 == answer.status_code


async def test_thumbnails_are_small_pictures(web: Web) -> None:
    """Of results and of tries, and without ranges."""
    job = await web.made()
    tries = (await web.http.get(f"/v1/{job['name']}/tries")).json()["tries"]

    for name in (job["results"][0]["name"], tries[0]["name"]):
        answer = await web.http.get(f"/v1/{name}:thumbnail", headers={"range": "bytes=0-1"})
        assert (200, b"\xff\xd8\xff") == (answer.status_code, answer.content[:3])


async def test_what_does_not_exist_is_404(web: Web) -> None:
    """Before a byte is sent, so that it has its code."""
    answer = await web.http.get("/v1/tenants/acme/jobs/0123456789abcdef/results/1:download")

    assert (404, "NOT_FOUND", "application/json") == (
        answer.status_code,
        reason(answer),
        answer.headers["content-type"],
    )
