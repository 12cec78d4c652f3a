"""`.env.example` names every setting the code reads, and none that it does not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
READ = re.compile(r'(?:env\.\w+\(|_from_environment\(env,)\s*"([A-Z_]+)"')


def read_by_the_code() -> set[str]:
    sources = [ROOT / "notpanel" / name for name in ("settings.py", "secret_keys.py")]
    return {name for source in sources for name in READ.findall(source.read_text())}


def documented() -> list[str]:
    return re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_every_setting_is_documented_once():
    assert sorted(documented()) == sorted(read_by_the_code())


def test_every_setting_says_its_danger():
    for paragraph in (ROOT / ".env.example").read_text().split("\n\n"):
        if re.search(r"^#?[A-Z_]+=", paragraph, re.MULTILINE):
            assert "Danger:" in paragraph, paragraph
