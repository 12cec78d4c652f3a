"""Asks the running panel whether it is ready, over HTTP like anybody else."""

import http.client
from dataclasses import dataclass

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (an address to listen on, not to call)


@dataclass(frozen=True)
class Answer:
    """What /readyz said; status 0 is no answer at all."""

    status: int
    body: str

    @property
    def ready(self) -> bool:
        """Say whether the panel is ready for a reseller."""
        return self.status == 200


def ask(host: str, port: int, name: str) -> Answer:
    """Return what /readyz answers under the given Host name; it may take 10 s."""
    connection = http.client.HTTPConnection(ANYWHERE.get(host, host), port, timeout=10)
    try:
        connection.request("GET", "/readyz", headers={"Host": name, "Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, response.read(2000).decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(error))
    finally:
        connection.close()
