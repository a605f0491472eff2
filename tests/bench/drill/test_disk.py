"""A disk that is really full."""

import errno

import pytest

from bench.drill.disk import Disk, small_disk


def test_a_full_disk_takes_nothing_until_there_is_room_again() -> None:
    """As the kernel says it; what was there stays."""
    with small_disk("test", size_mb=4) as folder:
        disk = Disk(folder)
        if not disk.small:
            pytest.skip("only root may mount")
        (folder / "kept").write_bytes(b"kept")
        disk.fill()
        with pytest.raises(OSError) as full:
            (folder / "more").write_bytes(bytes(5000))
        disk.clear()
        (folder / "more").write_bytes(bytes(5000))

        assert errno.ENOSPC == full.value.errno
        assert b"kept" == (folder / "kept").read_bytes()
    assert not folder.exists()
