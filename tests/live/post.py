"""A mail server on loopback, and what it took."""

from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.ports import free_port


class Post:
    """`refuse` answers what comes next with this line, `refuse_address` whoever it is for."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.refuse = self.refuse_address = ""
        self.port = free_port()
        self._controller: Controller | None = None

    async def handle_RCPT(  # noqa: N802 - its name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refuse_address:
            return self.refuse_address
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - its name
        if self.refuse:
            return self.refuse
        self.mails.append(envelope)
        return "250 taken"

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()
