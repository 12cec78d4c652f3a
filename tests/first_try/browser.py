"""As much of a browser as an operator needs: cookies, the log-in's form, links, and tables."""

import re
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """One operator's session with the admin."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def log_in(self, email: str, password: str) -> None:
        """Log in by the form, as a person does."""
        token = TOKEN.search(self.page("/admin/login/"))
        assert token, "the log-in page has no form"
        form = {"csrfmiddlewaretoken": token[1], "username": email, "password": password, "next": "/admin/"}
        body = urllib.parse.urlencode(form).encode()
        with self._opener.open(f"{self._address}/admin/login/", data=body, timeout=30) as response:
            assert urllib.parse.urlsplit(response.url).path == "/admin/", "the log-in was refused"

    def page(self, path: str) -> str:
        """Return a page's HTML."""
        with self._opener.open(f"{self._address}{path}", timeout=30) as response:
            html: str = response.read().decode()
        return html

    def tables(self, path: str) -> list[list[str]]:
        """Return the rows of every table of a page, as a person reads their cells."""
        reader = _Tables()
        reader.feed(self.page(path))
        return [[" ".join("".join(cell).split()) for cell in row] for row in reader.rows]


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[list[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append([])
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.rows[-1][-1].append(data)
