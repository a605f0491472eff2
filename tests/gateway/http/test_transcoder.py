"""Calls by HTTP, from verb and path to JSON."""

from tests.gateway.api.front import photo
from tests.gateway.http.web import Web, reason


async def test_the_whole_journey(web: Web) -> None:
    """Photos in, looked at, ordered, watched, fetched, erased, proven."""
    upload = await web.upload(photo(1), photo(2))
    inspection = (await web.http.post(f"/v1/{upload['name']}:inspect")).json()["inspection"]
    job = await web.order(upload, count=2)
    seen = await web.watched(job)
    job = (await web.http.get(f"/v1/{job['name']}")).json()["job"]
    picture = await web.http.get(f"/v1/{job['results'][0]['name']}:download")
    receipt = (await web.http.delete(f"/v1/{job['name']}")).json()["receipt"]
    gone = await web.http.get(f"/v1/{job['name']}")
    again = (await web.http.get(f"/v1/{receipt['name']}")).json()["receipt"]

    assert inspection["usable"]
    assert "STATE_SUCCEEDED" == job["state"]
    assert "STATE_SUCCEEDED" == seen[-2].data["event"]["state"]["state"]
    assert ("status", {"code": 0, "message": "", "details": []}) == (seen[-1].kind, seen[-1].data)
    assert int(job["results"][0]["sizeBytes"]) == len(picture.content)
    assert "image/jpeg" == picture.headers["content-type"]
    assert (404, "EXPIRED") == (gone.status_code, reason(gone))
    assert receipt == again
