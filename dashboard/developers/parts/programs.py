"""A call to the API as a program in each language. Each runs as it is printed; tests/dashboard/developers runs it.

The key is read from the environment variable NOTPANEL_KEY; everything else is literal.
"""

import json
import re
import shlex
from collections.abc import Callable, Mapping

PLAIN = re.compile(r"[\w.,:-]+", re.ASCII)  # what a form needs no encoding for
KEY_VARIABLE = "NOTPANEL_KEY"


def curl(url: str, action: str, sent: Mapping[str, str]) -> str:
    """Return a command for a shell."""
    fields = [
        f"-d {name}={value}" if PLAIN.fullmatch(value) else f"--data-urlencode {shlex.quote(f'{name}={value}')}"
        for name, value in {"action": action, **sent}.items()
    ]
    return " \\\n  ".join([f"curl -sS {url}", f'-d key="${KEY_VARIABLE}"', *fields]) + "\n"


def javascript(url: str, action: str, sent: Mapping[str, str]) -> str:
    """Return a module for Node 18 or later, which needs nothing beside it."""
    fields = [f"    {name}: {json.dumps(value)},\n" for name, value in {"action": action, **sent}.items()]
    return (
        f"const answer = await fetch({json.dumps(url)}, {{\n"
        '  method: "POST",\n'
        "  body: new URLSearchParams({\n"
        f"    key: process.env.{KEY_VARIABLE},\n"
        f"{''.join(fields)}"
        "  }),\n"
        "});\n"
        "console.log(await answer.text());\n"
    )


def python(url: str, action: str, sent: Mapping[str, str]) -> str:
    """Return a program that needs the library requests."""
    fields = [f'        "{name}": {json.dumps(value)},\n' for name, value in {"action": action, **sent}.items()]
    return (
        "import os\n"
        "\n"
        "import requests\n"
        "\n"
        "answer = requests.post(\n"
        f"    {json.dumps(url)},\n"
        "    data={\n"
        f'        "key": os.environ["{KEY_VARIABLE}"],\n'
        f"{''.join(fields)}"
        "    },\n"
        "    timeout=30,\n"
        ")\n"
        "print(answer.text)\n"
    )


def php(url: str, action: str, sent: Mapping[str, str]) -> str:
    """Return a program that needs no extension."""
    fields = [f"    '{name}' => {_in_php(value)},\n" for name, value in {"action": action, **sent}.items()]
    return (
        "<?php\n"
        "$form = http_build_query([\n"
        f"    'key' => getenv('{KEY_VARIABLE}'),\n"
        f"{''.join(fields)}"
        "]);\n"
        "$answer = file_get_contents("
        f"{_in_php(url)}, false, stream_context_create(['http' => [\n"
        "    'method' => 'POST',\n"
        "    'header' => 'Content-Type: application/x-www-form-urlencoded',\n"
        "    'content' => $form,\n"
        "    'timeout' => 30,\n"
        "    'ignore_errors' => true, // an answer with another status than 200 is an answer too\n"
        "]]));\n"
        "echo $answer, PHP_EOL;\n"
    )


def _in_php(text: str) -> str:
    if "\n" not in text:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return json.dumps(text, ensure_ascii=False).replace("$", "\\$")


# By the word that follows the fence in Markdown.
LANGUAGES: dict[str, Callable[[str, str, Mapping[str, str]], str]] = {
    "sh": curl,
    "javascript": javascript,
    "python": python,
    "php": php,
}


def fenced(url: str, action: str, sent: Mapping[str, str]) -> str:
    """Return the call in every language, one fence after the other."""
    return "\n".join(f"```{name}\n{write(url, action, sent)}```\n" for name, write in LANGUAGES.items())
