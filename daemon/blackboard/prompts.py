"""What a model was asked, as it is kept for people who want to know why it answered so."""

import hashlib
from dataclasses import dataclass

from daemon.core.texts import writable


@dataclass(frozen=True, slots=True)
class Prompt:
    """What was sent, as text. `system` is the same for nearly every request of a task, `prompt` the request's own."""

    system: str
    prompt: str

    @property
    def system_hash(self) -> str:
        """By what the system text is known again, so that it is kept once."""
        return hashlib.sha256(writable(self.system).encode()).hexdigest()


def own_key(request_hash: str, *, call_id: int) -> str:
    """Under what the prompt of one call is kept when it is not what others of the same request hash were sent."""
    return f"{request_hash}#{call_id}"
