"""The two doors in: `/api/v2` to the reseller's handler, which has no middleware; all else to Django's."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notpanel.settings")
pages = get_wsgi_application()

from api_v2 import door  # noqa: E402 -- models can be imported only once Django is set up
from notpanel.embedded.processes import die_with_parent  # noqa: E402

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

if os.environ.get("NOTPANEL_DIE_WITH_PARENT"):
    die_with_parent()  # a web worker would outlive a server process that is killed


# Pages are UTF-8 whatever this says. Django would read the address by it too, and fails before anything of ours can
# answer: on what is no set of letters, or holds half a surrogate.
CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer one request."""
    if door.is_ours(environ["PATH_INFO"]):
        return door.application(environ, start_response)
    environ["CONTENT_TYPE"] = CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
    return pages(environ, start_response)
