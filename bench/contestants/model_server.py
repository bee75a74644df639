"""A model server on the loopback that costs next to nothing: Anthropic's Messages API with fixed answers.

`python -m bench.contestants.model_server --latency 0.1 --answers '{"gist": "{}", "": "{}"}'` prints its port; the
first answer is given whose key stands in the request, with the number that stands there in square brackets for each
0000. Whole answers and streams. With `--tail-share` some answers,
evenly spread over the requests, take `--tail-latency` instead.
"""

import argparse
import asyncio
import json
import re
from typing import Any

_NUMBER = re.compile(rb"\[(\d{4})\]")
_USAGE = {"input_tokens": 900, "output_tokens": 60}


def _whole(text: str) -> bytes:
    message = {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": _USAGE,
    }
    body = json.dumps(message).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _stream(text: str, *, pieces: int = 8) -> bytes:
    words = text.split(" ")
    size = -(-len(words) // pieces)
    deltas = [" ".join(words[start : start + size]) + " " for start in range(0, len(words), size)]
    message = {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**_USAGE, "output_tokens": 1},
    }
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": delta}}
            for delta in deltas
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": _USAGE},
        {"type": "message_stop"},
    ]
    body = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class ModelServer(asyncio.Protocol):
    """One connection. Requests on it come one after the other."""

    def __init__(self, answers: "Answers") -> None:
        self._answers = answers
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a request is whole."""
        self._data += data
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"),
            0,
        )
        if len(rest) < length:
            return
        self._data = rest[length:]
        self._answers.answer(self._transport, body=rest[:length])


class Answers:
    """What every connection shares: the answers, and how long they take."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        texts: dict[str, str] = json.loads(options.answers)
        self._answers = [(key.encode(), _whole(text), _stream(text)) for key, text in texts.items()]
        self._count = 0

    def answer(self, transport: asyncio.Transport, *, body: bytes) -> None:
        """Send the answer after its latency."""
        is_stream = b'"stream":true' in body or b'"stream": true' in body
        whole, stream = next((whole, stream) for key, whole, stream in self._answers if key in body)
        answer = stream if is_stream else whole
        if number := _NUMBER.search(body):
            answer = answer.replace(b"0000", number[1])
        latency = self._latency()
        if latency:
            asyncio.get_running_loop().call_later(latency, transport.write, answer)
        else:
            transport.write(answer)

    def _latency(self) -> float:
        self._count += 1
        share = self._options.tail_share
        is_slow = int(self._count * share) != int((self._count - 1) * share)
        latency: float = self._options.tail_latency if is_slow else self._options.latency
        return latency


async def _serve(options: argparse.Namespace) -> None:
    answers = Answers(options)
    server = await asyncio.get_running_loop().create_server(lambda: ModelServer(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", default=json.dumps({"": json.dumps({"title": "A title", "score": 7})}))
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--tail-share", type=float, default=0.0)
    parser.add_argument("--tail-latency", type=float, default=0.0)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
