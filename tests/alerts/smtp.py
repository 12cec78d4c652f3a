"""A mail server for tests: takes mail over the wire as SMTP says, or refuses it."""

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it was sent in `mails`; `refuses` refuses every sender, without `may_go_on` each of them waits.

    `nobody_is` are recipients that it does not know.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuses = False
        self.nobody_is: set[str] = set()
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> "MailServer":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *args: object) -> None:
        self.may_go_on.set()
        self.shutdown()
        self.server_close()

    def texts(self) -> list[str]:
        return [str(mail.get_content()) for mail in self.mails]


class Session(socketserver.StreamRequestHandler):
    """One conversation."""

    server: MailServer
    timeout = 30

    def handle(self) -> None:
        self.recipients: list[str] = []
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            word = line.partition(" ")[0].upper()
            if word == "QUIT":
                self.say("221 bye")
                return
            getattr(self, f"do_{word.lower()}", self.do_anything)(line)

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do_anything(self, line: str) -> None:
        self.say("250 ok")

    def do_mail(self, line: str) -> None:
        self.server.begun.release()
        self.server.may_go_on.wait(30)
        self.say("554 we take no mail from you" if self.server.refuses else "250 ok")

    def do_rcpt(self, line: str) -> None:
        recipient = line.partition("<")[2].partition(">")[0]
        if recipient in self.server.nobody_is:
            self.say("550 nobody of this name")
            return
        self.recipients.append(recipient)
        self.say("250 ok")

    def do_data(self, line: str) -> None:
        self.say("354 go on")
        body = b""
        while (part := self.rfile.readline()) != b".\r\n":
            body += part[1:] if part.startswith(b"..") else part
        mail: Any = message_from_bytes(body, policy=policy.default)
        self.server.mails.append(mail)
        self.server.recipients.append(self.recipients)
        self.say("250 taken")
