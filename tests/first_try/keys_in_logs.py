"""A key in a query string is in no line that a running panel writes, nor in any file it keeps."""

import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from accounts import keys
from tests.embedded.conftest import wait_until
from tests.embedded.running import ROOT

pytestmark = pytest.mark.xdist_group("whole panels")


@pytest.fixture(scope="module")
def classic(panel):
    """A key of the classic dialect, as the operator's command prints it."""
    command = [sys.executable, "manage.py", "create_reseller", "carol@example.com", "--dialect", "classic"]
    made = subprocess.run(command, cwd=ROOT, env=panel.command()["env"], capture_output=True, text=True, check=True)
    return next(word for word in made.stdout.split() if word.startswith("np_live_"))


def got(url, *, referer=""):
    """Call by GET and return the status and the body."""
    request = urllib.request.Request(url, headers={"Referer": referer} if referer else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def test_neither_an_answered_call_nor_one_gone_astray_leaves_its_key_anywhere(panel, address, classic):
    unknown = keys.new_key()
    assert got(f"{address}/api/v2?key={classic}&action=balance") == (200, b'{"balance":"0.00","currency":"USD"}')
    assert got(f"{address}/api/v2?key={unknown}&action=balance")[0] == 400
    for key in (classic, unknown):
        query = f"key={key}&action=balance"
        for astray in (f"/api/v1?{query}", f"/api/v2/{key}?{query}", f"/{key}", f"/np%5Flive%5F{key[8:]}?{query}"):
            assert got(address + astray, referer=f"{address}/api/v2?{query}")[0] == 404
        assert got(f"{address}/?{query}")[0] == 200  # the log-in
        assert got(f"{address}/api/v2?{query}&" + "a=1&" * 1000)[0] == 400
    # The lines about them have come, one for each of the two keys, and each without its key.
    wait_until(lambda: panel.output.count("Not Found: /np_live_…") == 4, panel.log)
    files = [path for path in panel.home.rglob("*") if path.is_file()]
    assert len(files) > 10
    for body in (classic[8:], unknown[8:]):
        assert body not in panel.output
        assert [path for path in files if body.encode() in path.read_bytes()] == []
