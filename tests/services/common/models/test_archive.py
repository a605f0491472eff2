"""Zips as people make them, and as attackers do."""

import contextlib
import io
import stat
import struct
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.models.archive import MAX_MEMBERS, unpack
from services.common.models.errors import FetchError

WANTED = ["det.onnx", "rec.onnx"]
SOUND = {"det.onnx": b"detector", "rec.onnx": b"recogniser"}


def zipped(tmp_path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def unpacked(archive: Path, max_bytes: int = 1000, wanted: list[str] | None = None) -> dict[str, bytes]:
    folder = archive.parent / "out"
    unpack(archive, wanted or WANTED, folder, max_bytes=max_bytes)
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("nest", ["", "antelopev2/", "a/b/c/"])
def test_wanted_members_are_found_at_any_depth(tmp_path: Path, nest: str) -> None:
    """And come out flat, without the members that nobody asked for."""
    members = {nest + name: content for name, content in SOUND.items()} | {nest + "genderage.onnx": b"unwanted"}

    assert SOUND == unpacked(zipped(tmp_path, members))


def test_a_wanted_path_keeps_its_folders(tmp_path: Path) -> None:
    """A tail of the member's path, by whole names."""
    archive = zipped(tmp_path, {"x/unet/config.json": b"1", "x/vae/config.json": b"2", "x/myvae/config.json": b"3"})

    assert {"vae/config.json": b"2"} == unpacked(archive, wanted=["vae/config.json"])


def test_a_missing_member_is_named(tmp_path: Path) -> None:
    """The archive is another one than the lock thinks."""
    with pytest.raises(FetchError, match=r"rec\.onnx is missing in the archive"):
        unpacked(zipped(tmp_path, {"a/det.onnx": b""}))


def test_a_member_that_is_there_twice_is_not_guessed(tmp_path: Path) -> None:
    """Both places are named."""
    with pytest.raises(FetchError, match=r"2 times: a/det\.onnx, b/det\.onnx"):
        unpacked(zipped(tmp_path, {"a/det.onnx": b"", "b/det.onnx": b""}), wanted=["det.onnx"])


@pytest.mark.parametrize(
    "name", ["../evil.onnx", "a/../../evil.onnx", "/etc/evil.onnx", "..\\evil.onnx", "C:\\evil.onnx", "\\evil.onnx"]
)
def test_a_member_that_leaves_its_folder_condemns_the_archive(tmp_path: Path, name: str) -> None:
    """Even if nobody asked for that member."""
    archive = zipped(tmp_path, SOUND | {name: b"evil"})

    with pytest.raises(FetchError, match=r"the archive is hostile: its member .* leaves its folder"):
        unpacked(archive)

    assert [] == list(tmp_path.rglob("evil*"))
    assert [] == list(tmp_path.rglob("det*"))


def test_a_link_condemns_the_archive(tmp_path: Path) -> None:
    """Writing through it would leave the folder."""
    archive = zipped(tmp_path, SOUND)
    link = zipfile.ZipInfo("models")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "a") as appended:
        appended.writestr(link, "/etc")

    with pytest.raises(FetchError, match="hostile: its member 'models' is a link"):
        unpacked(archive)


def test_more_than_the_lock_expects_is_not_unpacked(tmp_path: Path) -> None:
    """By the declared sizes, before a byte is written."""
    with pytest.raises(FetchError, match="would unpack to 18 bytes where 17 are expected at most"):
        unpacked(zipped(tmp_path, SOUND), max_bytes=17)

    assert not (tmp_path / "out").exists()


def test_a_bomb_is_known_by_its_ratio(tmp_path: Path) -> None:
    """Weights hardly shrink; sixteen megabytes of zeros do, a thousand times."""
    archive = zipped(tmp_path, SOUND | {"det.onnx": bytes(16 << 20)})

    with pytest.raises(FetchError, match=r"hostile: det\.onnx shrank more than 100 times"):
        unpacked(archive, max_bytes=1 << 30)


def test_a_bomb_that_declares_a_small_size_yields_no_more_than_that(tmp_path: Path) -> None:
    """Both size fields say ten bytes, the stream holds sixteen megabytes."""
    archive = zipped(tmp_path, {"det.onnx": bytes(16 << 20)})
    raw = bytearray(archive.read_bytes())
    directory = raw.rindex(b"PK\x01\x02")
    raw[22:26] = raw[directory + 24 : directory + 28] = struct.pack("<I", 10)
    archive.write_bytes(raw)

    with pytest.raises(FetchError, match=r"pack\.zip is no sound zip"):
        unpacked(archive, wanted=["det.onnx"])

    assert (tmp_path / "out" / "det.onnx").stat().st_size <= 10


def test_a_flood_of_members_is_refused(tmp_path: Path) -> None:
    """Before each of them is looked at."""
    with pytest.raises(FetchError, match=f"has {MAX_MEMBERS + 1} members"):
        unpacked(zipped(tmp_path, {f"{n}": b"" for n in range(MAX_MEMBERS + 1)}, zipfile.ZIP_STORED))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "no zip", "encrypted"])
def test_a_damaged_zip_is_refused(tmp_path: Path, damage: str) -> None:
    """In one line with its name."""
    archive = zipped(tmp_path, SOUND, zipfile.ZIP_STORED)
    raw = bytearray(archive.read_bytes())
    if damage == "truncated":
        raw = raw[: len(raw) // 2]
    elif damage == "flipped":
        raw[raw.index(b"detector")] ^= 1
    elif damage == "no zip":
        raw = bytearray(b"<html>not found</html>")
    else:
        raw[raw.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(raw)

    with pytest.raises(FetchError, match=r"pack\.zip is no sound zip"):
        unpacked(archive)


def test_a_zip_inside_a_zip_is_just_a_member(tmp_path: Path) -> None:
    """It is never opened."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("det.onnx", b"inner")

    with pytest.raises(FetchError, match="missing in the archive"):
        unpacked(zipped(tmp_path, {"inner.zip": inner.getvalue()}))


@pytest.mark.parametrize("value", [0, 12, 14, 255])
def test_any_single_byte_may_be_wrong(tmp_path: Path, value: int) -> None:
    """Whatever it means there: a size, a name, another way of packing."""
    archive = zipped(tmp_path, {f"antelopev2/{name}": content for name, content in SOUND.items()})
    sound = archive.read_bytes()
    for position in range(len(sound)):
        archive.write_bytes(sound[:position] + bytes([value]) + sound[position + 1 :])
        with contextlib.suppress(FetchError):
            assert SOUND == unpacked(archive)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_damage_gives_the_right_files_or_a_refusal(data: st.DataObject) -> None:
    """Bytes of a sound zip are changed, dropped or added at random; nothing else comes out, and nothing elsewhere."""
    with tempfile.TemporaryDirectory() as place:
        archive = zipped(Path(place), {f"antelopev2/{name}": content for name, content in SOUND.items()})
        raw = bytearray(archive.read_bytes())
        for position, value in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)))):
            raw[position] = value
        archive.write_bytes(raw[: data.draw(st.integers(1, len(raw)))] + data.draw(st.binary(max_size=8)))

        try:
            assert SOUND == unpacked(archive)
        except FetchError as refusal:
            assert "\n" not in str(refusal)
        assert {"out", "pack.zip"} >= {path.name for path in Path(place).iterdir()}
