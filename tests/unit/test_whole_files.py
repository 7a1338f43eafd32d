"""A file that a command writes is the old one or all of the new one."""

from pathlib import Path

import click
import pytest

from portal.commands.whole_files import written_whole


def test_all_of_it_takes_the_old_ones_place(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_bytes(b"old")
    with written_whole(out) as file:
        file.write(b"new")
        assert out.read_bytes() == b"old"
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("out.csv", b"new")]
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_one(tmp_path: Path) -> None:
    out, link = tmp_path / "out.csv", tmp_path / "link.csv"
    link.symlink_to(out)
    with written_whole(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert out.read_bytes() == b"new"


def test_a_device_is_written_to_and_stays_one() -> None:
    with written_whole(Path("/dev/null")) as file:
        file.write(b"new")
    assert Path("/dev/null").is_char_device()


def test_where_nothing_can_be_written_is_told_in_words(tmp_path: Path) -> None:
    out = tmp_path / "none" / "out.csv"
    with pytest.raises(click.FileError) as refused, written_whole(out):
        pass
    assert str(out) in refused.value.format_message()
