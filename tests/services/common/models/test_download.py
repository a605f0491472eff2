"""One file over HTTP, from a server that misbehaves in every way it can."""

import fcntl
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from services.common.models.download import Patience, Wanted, download, silent
from services.common.models.errors import FetchError
from tests.services.common.models.locks import digest
from tests.services.common.models.web import Web, serving

CONTENT = bytes(range(256)) * 40
OTHER = CONTENT[::-1]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "weights.bin"


@pytest.fixture
def wanted(web: Web, target: Path) -> Wanted:
    """The file with its digest and size, on a server that behaves so far."""
    web.files["/weights.bin"] = CONTENT
    return Wanted(web.url("/weights.bin"), target, digest(CONTENT), len(CONTENT))


def unpinned(wanted: Wanted) -> Wanted:
    return Wanted(wanted.url, wanted.target)


def leavings(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(wanted: Wanted, patience: Patience) -> None:
    """Its digest is returned, and everyone may read it."""
    assert digest(CONTENT) == download(wanted, silent, patience)
    assert CONTENT == wanted.target.read_bytes()
    assert 0o644 == wanted.target.stat().st_mode & 0o777
    assert [] == leavings(wanted.target)


def test_progress_is_told_in_bytes(wanted: Wanted, patience: Patience) -> None:
    """Ends at the whole."""
    told: list[tuple[int, int | None]] = []

    download(wanted, lambda done, total: told.append((done, total)), patience)

    assert (len(CONTENT), len(CONTENT)) == told[-1]


def test_a_line_that_breaks_again_and_again_is_resumed(
    web: Web, wanted: Wanted, patience: Patience, waits: list[float]
) -> None:
    """Each attempt begins where the last one ended, and since each brings something, none waits."""
    web.cut_after = [1000] * 9

    download(wanted, silent, patience)

    assert [f"bytes={1000 * n}-" for n in range(1, 10)] == [asked["Range"] for asked in web.asked[1:]]
    assert ['"v1"'] * 9 == [asked["If-Range"] for asked in web.asked[1:]]
    assert CONTENT == wanted.target.read_bytes()
    assert [] == waits


def test_a_line_that_brings_nothing_is_given_up(
    web: Web, wanted: Wanted, patience: Patience, waits: list[float]
) -> None:
    """After waits that double; what had come before stays for the next run."""
    web.cut_after = [1000, 0, 0, 0, 0]

    with pytest.raises(FetchError, match="the connection broke off; run the command again to go on"):
        download(wanted, silent, patience)

    assert [1, 2, 4] == waits
    assert 1000 == wanted.target.with_name("weights.bin.part").stat().st_size
    assert not wanted.target.exists()


def test_a_second_run_goes_on_where_the_first_ended(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Also in another process: what is needed lies beside the file."""
    web.cut_after = [1000, 0, 0, 0, 0]
    with pytest.raises(FetchError):
        download(wanted, silent, patience)
    web.asked.clear()

    download(wanted, silent, patience)

    assert ["bytes=1000-"] == [asked["Range"] for asked in web.asked]
    assert CONTENT == wanted.target.read_bytes()
    assert [] == leavings(wanted.target)


def test_a_silent_server_is_given_up_and_asked_again(web: Web, wanted: Wanted, waits: list[float]) -> None:
    """After the timeout, from where it fell silent."""
    web.stall_after = [1000]

    download(wanted, silent, Patience(timeout_s=0.1, sleep=waits.append))

    assert "bytes=1000-" == web.asked[-1]["Range"]
    assert CONTENT == wanted.target.read_bytes()


@pytest.mark.parametrize("pinned", [True, False])
def test_a_file_that_changed_between_two_attempts_is_begun_anew(
    web: Web, wanted: Wanted, patience: Patience, pinned: bool
) -> None:
    """Never the beginning of one version and the end of another: fatal where no digest would tell."""
    web.files["/weights.bin"], web.etag, web.cut_after = OTHER, '"v0"', [1000, 0, 0, 0, 0]
    with pytest.raises(FetchError):
        download(wanted, silent, patience)
    web.files["/weights.bin"], web.etag = CONTENT, '"v1"'

    assert digest(CONTENT) == download(wanted if pinned else unpinned(wanted), silent, patience)


@pytest.mark.parametrize("pinned", [True, False])
def test_without_a_mark_of_the_version_a_mixture_is_noticed(
    web: Web, wanted: Wanted, patience: Patience, pinned: bool
) -> None:
    """With a digest by the digest, and then fetched whole; without one nothing is ever resumed."""
    web.files["/weights.bin"], web.etag, web.cut_after = OTHER, None, [1000, 0, 0, 0, 0]
    with pytest.raises(FetchError):
        download(wanted, silent, patience)
    web.files["/weights.bin"] = CONTENT
    web.asked.clear()

    assert digest(CONTENT) == download(wanted if pinned else unpinned(wanted), silent, patience)
    assert (["bytes=1000-", None] if pinned else [None]) == [asked.get("Range") for asked in web.asked]


def test_a_server_without_ranges_is_asked_for_the_whole_again(web: Web, wanted: Wanted, patience: Patience) -> None:
    """It answers 200 to a range, from the start."""
    web.knows_ranges, web.cut_after = False, [1000]

    download(wanted, silent, patience)

    assert CONTENT == wanted.target.read_bytes()


@pytest.mark.parametrize("pinned", [True, False])
def test_a_server_that_sends_another_part_is_not_believed(
    web: Web, wanted: Wanted, patience: Patience, pinned: bool
) -> None:
    """What it says in Content-Range is compared with what was asked, and the download begins anew."""
    web.sends_other_part, web.cut_after = True, [1000]

    download(wanted if pinned else unpinned(wanted), silent, patience)

    assert CONTENT == wanted.target.read_bytes()


def test_a_part_longer_than_the_file_is_begun_anew(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Somebody left it there; the server says 416."""
    wanted.target.parent.mkdir()
    wanted.target.with_name("weights.bin.part").write_bytes(CONTENT * 2)

    download(wanted, silent, patience)

    assert CONTENT == wanted.target.read_bytes()


def test_a_part_that_is_whole_is_not_asked_for_again(web: Web, wanted: Wanted, patience: Patience) -> None:
    """The last run was killed between the last byte and the rename."""
    wanted.target.parent.mkdir()
    wanted.target.with_name("weights.bin.part").write_bytes(CONTENT)

    download(wanted, silent, patience)

    assert [] == web.asked
    assert CONTENT == wanted.target.read_bytes()


def test_wrong_bytes_of_the_right_length_are_refused_and_not_kept(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Both digests are in the line; nothing is left that a later run could build on."""
    web.files["/weights.bin"] = OTHER

    with pytest.raises(FetchError, match=f"sha256 {digest(OTHER)} where the lock says {digest(CONTENT)}"):
        download(wanted, silent, patience)

    assert not wanted.target.exists()
    assert [] == leavings(wanted.target)


def test_wrong_bytes_do_not_replace_a_file_that_is_there(web: Web, wanted: Wanted, patience: Patience) -> None:
    """It may be wrong as well, but it is not for the server to say."""
    wanted.target.parent.mkdir()
    wanted.target.write_bytes(b"older")
    web.files["/weights.bin"] = OTHER

    with pytest.raises(FetchError):
        download(wanted, silent, patience)

    assert b"older" == wanted.target.read_bytes()


@pytest.mark.parametrize("length", [len(CONTENT) - 1, len(CONTENT) + 1, 10**15])
def test_a_length_that_is_not_the_locks_ends_it_before_a_byte(
    web: Web, wanted: Wanted, patience: Patience, length: int
) -> None:
    """An error page, another file, or a lie."""
    web.claimed_length = length

    with pytest.raises(FetchError, match=f"has {length} bytes where the lock says {len(CONTENT)}"):
        download(wanted, silent, patience)

    assert [] == leavings(wanted.target)


def test_a_length_that_is_promised_and_never_comes_is_given_up(web: Web, wanted: Wanted, patience: Patience) -> None:
    """A server that claims more than it has cuts every attempt short."""
    web.claimed_length, web.knows_ranges = len(CONTENT) + 1, False

    with pytest.raises(FetchError, match="the connection broke off"):
        download(unpinned(wanted), silent, patience)

    assert not wanted.target.exists()


def test_a_length_that_no_disk_holds_is_refused(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Before the disk is full rather than after."""
    web.claimed_length = 10**18

    with pytest.raises(FetchError, match="needs 1000000000000000000 more bytes and the disk has"):
        download(unpinned(wanted), silent, patience)


def test_without_a_length_only_a_digest_can_tell_the_end(web: Web, wanted: Wanted, patience: Patience) -> None:
    """A cut line looks like the end of the file."""
    web.claims_length = False

    with pytest.raises(FetchError, match="does not say how long it is"):
        download(unpinned(wanted), silent, patience)

    assert digest(CONTENT) == download(wanted, silent, patience)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again(
    web: Web, wanted: Wanted, patience: Patience, waits: list[float], status: int
) -> None:
    """After a wait."""
    web.statuses = [status, status]

    download(wanted, silent, patience)

    assert [1, 2] == waits


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_plain_no_is_final(web: Web, wanted: Wanted, patience: Patience, waits: list[float], status: int) -> None:
    """The line has the address and the status."""
    web.statuses = [status]

    with pytest.raises(FetchError, match=f"weights.bin: {wanted.url} answers {status}"):
        download(wanted, silent, patience)

    assert [] == waits


def test_nobody_there_is_said_after_all_attempts(target: Path, patience: Patience) -> None:
    """Port 9 of this machine."""
    with pytest.raises(FetchError, match=r"http://127\.0\.0\.1:9/x.*refused"):
        download(Wanted("http://127.0.0.1:9/x", target), silent, patience)


def test_redirects_are_followed_with_the_range(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Model hubs answer with the address of a content network."""
    web.redirects["/hub"], web.cut_after = web.url("/weights.bin"), [1000]

    download(Wanted(web.url("/hub"), wanted.target, wanted.sha256, wanted.size), silent, patience)

    assert "bytes=1000-" == web.asked[-1]["Range"]
    assert CONTENT == wanted.target.read_bytes()


@pytest.mark.parametrize("elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_a_redirect_leads_nowhere_but_to_the_web(web: Web, wanted: Wanted, patience: Patience, elsewhere: str) -> None:
    """Not to a file of this machine."""
    web.redirects["/hub"] = elsewhere

    with pytest.raises(FetchError):
        download(Wanted(web.url("/hub"), wanted.target), silent, patience)

    assert not wanted.target.exists()


def test_a_redirect_does_not_lead_away_from_tls(
    web: Web, wanted: Wanted, patience: Patience, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub over https may send us on, but not to plain http."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    with serving(Web(files=web.files), context) as hub:
        assert digest(CONTENT) == download(Wanted(hub.url("/weights.bin"), tmp_path / "over-tls"), silent, patience)
        hub.redirects["/hub"] = wanted.url
        with pytest.raises(FetchError, match="/hub leads away from https"):
            download(Wanted(hub.url("/hub"), wanted.target), silent, patience)


def test_an_endless_circle_of_redirects_ends(web: Web, wanted: Wanted, patience: Patience) -> None:
    """With the address."""
    web.redirects["/hub"] = web.url("/hub")

    with pytest.raises(FetchError, match="/hub answers 302"):
        download(Wanted(web.url("/hub"), wanted.target), silent, patience)


def test_a_compressed_answer_is_refused(web: Web, wanted: Wanted, patience: Patience) -> None:
    """Its bytes would not be the file's."""
    web.encoding = "gzip"

    with pytest.raises(FetchError, match="as gzip although it was asked not to"):
        download(wanted, silent, patience)


def test_two_fetches_of_one_file_do_not_write_into_each_other(wanted: Wanted, patience: Patience) -> None:
    """The second one says so at once."""
    wanted.target.parent.mkdir()
    with wanted.target.with_name("weights.bin.part").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        with pytest.raises(FetchError, match="being fetched by another process"):
            download(wanted, silent, patience)


def test_racing_fetches_leave_one_right_file(wanted: Wanted, patience: Patience) -> None:
    """Whoever loses is told; nobody sees half a file."""
    told: list[str] = []

    def race() -> None:
        try:
            told.append(download(wanted, silent, patience))
        except FetchError as error:
            told.append(str(error))

    racers = [threading.Thread(target=race) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    allowed = {digest(CONTENT), "weights.bin is being fetched by another process"}
    assert digest(CONTENT) in told
    assert set(told) <= allowed
    assert CONTENT == wanted.target.read_bytes()
