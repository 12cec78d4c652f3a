"""PANEL_HOME: whose it is, who holds it, and how long its path may be."""

import os
import pwd
import stat
from pathlib import Path

import psycopg
import pytest

from notpanel.embedded import Services
from notpanel.home import SOCKET_PATH_BYTES, AlreadyRunning, Home, HomeError
from tests.embedded.conftest import SECRETS, connect


def test_naming_a_home_touches_no_disk(folder):
    Home(folder / "home")
    assert list(folder.iterdir()) == []


def test_its_folders_are_its_owners_alone(folder):
    home = Home(folder / "deep" / "home")
    home.prepare()
    for made in (home.path, home.cache, home.broker, home.logs, home.run):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_second_holder_is_told_who_the_first_is(home):
    with home.locked("http://127.0.0.1:8000"):
        with pytest.raises(AlreadyRunning) as refused, Home(home.path).locked("http://127.0.0.1:9000"):
            pass
        assert str(refused.value) == (
            f"The panel in {home.path} is already running at http://127.0.0.1:8000 (process {os.getpid()}). "
            "Stop that one first, or use it."
        )
        # The first one's word still stands for a third.
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"), Home(home.path).locked("x"):
            pass
    with home.locked("http://127.0.0.1:9000"):
        assert "9000" in home.lock_file.read_text(encoding="utf-8")


def test_a_lock_left_by_a_killed_panel_holds_nobody_up(home):
    home.lock_file.write_text('{"pid": 1, "address": "http://127.0.0.1:8000"}', encoding="utf-8")
    with home.locked("http://127.0.0.1:9000"):
        assert "9000" in home.lock_file.read_text(encoding="utf-8")


def test_two_homes_are_held_side_by_side(folder):
    one, two = Home(folder / "one"), Home(folder / "two")
    one.prepare()
    two.prepare()
    with one.locked("http://127.0.0.1:8000"), two.locked("http://127.0.0.1:9000"):
        assert one.run != two.run


def test_the_longest_path_that_fits_is_used_and_one_longer_is_not(folder):
    room = SOCKET_PATH_BYTES - len(os.fsencode(folder / "x/run/.s.PGSQL.5432")) + 1
    fits, too_long = Home(folder / ("x" * room)), Home(folder / ("x" * (room + 1)))
    assert fits.sockets_inside
    assert len(os.fsencode(fits.run / ".s.PGSQL.5432")) == SOCKET_PATH_BYTES
    assert not too_long.sockets_inside
    assert too_long.run != fits.run


def test_bytes_count_for_the_path_and_not_letters(folder):
    assert not Home(folder / ("é" * 45)).sockets_inside


@pytest.mark.parametrize("length", ["fits exactly", "too long"])
def test_sockets_work_at_both_sides_of_the_limit(folder, said, length):
    room = SOCKET_PATH_BYTES - len(os.fsencode(folder / "x/run/.s.PGSQL.5432")) + 1
    home = Home(folder / ("x" * (room if length == "fits exactly" else 100)))
    home.prepare()
    services = Services(home, SECRETS, say=said.append, durable=False)
    try:
        services.start()
        with connect(home) as session:
            assert isinstance(session, psycopg.Connection)
        assert home.broker_socket.is_socket()
        assert stat.S_IMODE(home.run.stat().st_mode) == 0o700
    finally:
        services.stop()
    outside = [f"The path of {home.path} is too long for sockets; they are in {home.run}"]
    assert said[: len(outside)] == outside if length == "too long" else home.run == home.path / "run"
    assert home.run.exists() is (length == "fits exactly")


def test_the_short_folder_of_somebody_else_is_refused(folder, monkeypatch):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    home = Home(folder / ("x" * 100))
    home.run.mkdir(mode=0o700)
    try:
        os.chown(home.run, 1, 1)
        with pytest.raises(HomeError, match=f"{home.run} belongs to {pwd.getpwuid(1).pw_name}"):
            home.prepare()
    finally:
        home.run.rmdir()


def test_a_home_made_by_another_user_is_refused_by_name(folder):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    home = Home(folder / "home")
    home.path.mkdir()
    os.chown(home.path, 1, 1)
    with pytest.raises(HomeError) as refused:
        home.prepare()
    name = pwd.getpwuid(1).pw_name
    assert str(refused.value) == (
        f"{home.path} belongs to {name} (uid 1), and you are root (uid 0). "
        f"Run as {name} (uid 1), or set PANEL_HOME to a folder of your own."
    )
    assert list(home.path.iterdir()) == []


def test_a_home_others_can_write_is_refused(folder):
    home = Home(folder / "home")
    home.path.mkdir()
    home.path.chmod(0o777)
    with pytest.raises(HomeError, match=f"chmod go-w '{home.path}'"):
        home.prepare()
    assert list(home.path.iterdir()) == []


@pytest.mark.parametrize("path", ["/dev/null/home", "/proc/home"])
def test_a_home_that_cannot_be_made_is_refused_with_the_reason(path):
    with pytest.raises(HomeError, match=f"{path} cannot be used: .* set PANEL_HOME to a folder of your own"):
        Home(Path(path)).prepare()


def test_a_home_that_is_a_file_is_refused(folder):
    (folder / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(HomeError, match=r"cannot be used: File exists|is not a folder"):
        Home(folder / "home").prepare()
    assert (folder / "home").read_text(encoding="utf-8") == "a file"
