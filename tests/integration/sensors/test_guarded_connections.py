"""The guard over real connections: on every hop, after the name is resolved, to the very address that was checked."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daemon.core.settings.models import SensorSettings
from sensors.feeds.sensor import RssSensor
from tests.fakes.clock import ManualClock
from tests.fakes.feed_server import FeedServer, Reply, redirect
from tests.fakes.feeds import item, rss, source
from tests.fakes.sensing import rss_sensor

FEED = rss(item(1))


class Names:
    """A resolver of our own: each name has a list of answers, one for each time it is asked."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(lists) for name, lists in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self._answers[host]
        return list(answers.pop(0) if len(answers) > 1 else answers[0])


Sensors = Callable[..., RssSensor]


@pytest.fixture
async def sensors() -> AsyncIterator[Sensors]:
    """Makes sensors, and closes them."""
    made: list[RssSensor] = []

    def make(*allowed: str, names: Names | None = None, **more: object) -> RssSensor:
        context = more.pop("ssl_context", None)
        assert context is None or isinstance(context, ssl.SSLContext)
        settings = SensorSettings.model_validate({"allow_hosts": allowed, "timeout": 20, **more})
        made.append(
            rss_sensor(settings, clock=ManualClock(), rng=random.Random(1), resolver=names, ssl_context=context)
        )
        return made[-1]

    yield make
    for sensor in made:
        await sensor.close()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.2"],
)
async def test_loopback_is_refused_in_any_spelling(host: str, server: FeedServer, sensors: Sensors) -> None:
    """However loopback is written, nothing connects to it."""
    sighting = await sensors().poll(source(server.url("/f", host=host)))
    assert "not a public address" in (sighting.error or "")
    assert not server.asked


async def test_a_redirect_inside_is_refused(server: FeedServer, sensors: Sensors) -> None:
    """An allowed server cannot send the sensor to an address that is not allowed."""
    names = Names(feeds_example=[["127.0.0.1"]], inside_example=[["127.0.0.1"]])
    server.on("/f", redirect(server.url("/secret", host="inside.example")))
    server.on("/secret", Reply(FEED))
    sighting = await sensors("feeds.example", names=names).poll(source(server.url("/f", host="feeds.example")))
    assert "inside.example is at 127.0.0.1, which is not a public address" in (sighting.error or "")
    assert not server.asked_for("/secret")


async def test_the_checked_address_is_the_one_connected_to(server: FeedServer, sensors: Sensors) -> None:
    """The name is resolved once for a connection: a second answer (rebinding) is never asked for."""
    names = Names(feeds_example=[["127.0.0.1"], ["169.254.169.254"]])
    sighting = await sensors("127.0.0.0/8", names=names).poll(
        source((server.on("/f", Reply(FEED)), server.url("/f", host="feeds.example"))[1])
    )
    assert sighting.outcome == "read"
    assert names.asked == ["feeds.example"]
    assert server.asked[0].headers["host"] == f"feeds.example:{server.port}"


async def test_a_public_name_that_turns_private_is_refused(server: FeedServer, sensors: Sensors) -> None:
    """Only the address decides, not what the name was at the poll before."""
    names = Names(feeds_example=[["127.0.0.1"], ["10.0.0.7"]])
    sensor = sensors("127.0.0.0/8", names=names)
    server.on("/f", Reply(FEED, headers={"Connection": "close"}))
    one = source(server.url("/f", host="feeds.example"))
    assert (await sensor.poll(one)).outcome == "read"
    # The connection kept open by the first poll would do without a name, so it must be gone.
    await sensor.close()
    assert "10.0.0.7" in ((await sensor.poll(one)).error or "")


async def test_private_answers_among_public_ones_are_passed_over(server: FeedServer, sensors: Sensors) -> None:
    """Of several addresses only the permitted ones are tried."""
    names = Names(feeds_example=[["10.0.0.7", "127.0.0.1", "192.168.1.1"]])
    server.on("/f", Reply(FEED))
    sensor = sensors("127.0.0.1", names=names)
    assert (await sensor.poll(source(server.url("/f", host="feeds.example")))).outcome == "read"


async def test_the_next_address_is_tried(server: FeedServer, sensors: Sensors) -> None:
    """When the first permitted address does not answer, the next one is asked."""
    names = Names(feeds_example=[["127.0.0.9", "127.0.0.1"]])
    server.on("/f", Reply(FEED))
    sensor = sensors("127.0.0.0/8", names=names)
    assert (await sensor.poll(source(server.url("/f", host="feeds.example")))).outcome == "read"


@pytest.mark.parametrize("allowed", ["six.example", "[::1]", "::1/128", "::1"])
async def test_a_host_with_ipv6_alone_is_read(allowed: str, sensors: Sensors) -> None:
    """A host whose only address is an IPv6 one is read there, once it is named."""
    try:
        async with FeedServer(at="::1") as server:
            server.on("/f", Reply(FEED))
            sensor = sensors(allowed, names=Names(six_example=[["::1"]]))
            sighting = await sensor.poll(source(server.url("/f", host="six.example")))
            assert sighting.outcome == "read", sighting.error
    except OSError:
        pytest.skip("this machine has no IPv6")


@pytest.mark.parametrize("allowed", ["feeds.example:{port}", "feeds.example", "FEEDS.example", "127.0.0.1:{port}"])
async def test_a_named_host_is_allowed(allowed: str, server: FeedServer, sensors: Sensors) -> None:
    """A host is allowed by name, by name and port, by address and port."""
    server.on("/f", Reply(FEED))
    sensor = sensors(allowed.format(port=server.port), names=Names(feeds_example=[["127.0.0.1"]]))
    assert (await sensor.poll(source(server.url("/f", host="feeds.example")))).outcome == "read"


async def test_another_port_is_not_allowed(server: FeedServer, sensors: Sensors) -> None:
    """A host allowed at one port is not allowed at another."""
    sensor = sensors("feeds.example:1", names=Names(feeds_example=[["127.0.0.1"]]))
    sighting = await sensor.poll(source(server.url("/f", host="feeds.example")))
    assert "not a public address" in (sighting.error or "")


async def test_tls_names_and_verifies_the_host(tmp_path: Path, sensors: Sensors) -> None:
    """Pinned to an address, TLS still asks for the host by name and checks the certificate against it."""
    named: list[str | None] = []
    serving, trusting = _contexts(tmp_path, "feeds.example", named)
    names = Names(feeds_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with FeedServer(ssl_context=serving) as server:
        server.on("/f", Reply(FEED))
        sensor = sensors("127.0.0.1", names=names, ssl_context=trusting)
        right = await sensor.poll(source(server.url("/f", host="feeds.example")))
        wrong = await sensor.poll(source(server.url("/f", host="other.example")))
    assert right.outcome == "read"
    assert named == ["feeds.example", "other.example"]
    assert "certificate" in (wrong.error or "").lower()


async def test_one_request_at_a_time_for_a_host(server: FeedServer, sensors: Sensors) -> None:
    """Polls of one host wait for each other; those of another host do not."""
    hold = asyncio.Event()
    names = Names(one_example=[["127.0.0.1"]], two_example=[["127.0.0.1"]])
    sensor = sensors("127.0.0.1", names=names)
    for path in ("/a", "/b", "/c"):
        server.on(path, Reply(FEED, hold=hold))
    hosts = [("/a", "one.example"), ("/b", "one.example"), ("/c", "two.example")]
    tasks = [asyncio.create_task(sensor.poll(source(server.url(path, host=host)))) for path, host in hosts]
    async with asyncio.timeout(20):
        while len(server.asked) < 2:
            server.arrived.clear()
            await server.arrived.wait()
    assert sorted(asked.path for asked in server.asked) == ["/a", "/c"]
    hold.set()
    assert [s.outcome for s in await asyncio.gather(*tasks)] == ["read"] * 3
    assert server.most_at_once == 2


async def test_per_host_is_a_setting(server: FeedServer, sensors: Sensors) -> None:
    """`sensors.per_host` lets more requests to a host through."""
    hold = asyncio.Event()
    sensor = sensors("127.0.0.1", per_host=2)
    addresses = [server.on(f"/{n}", Reply(FEED, hold=hold)) for n in range(3)]
    tasks = [asyncio.create_task(sensor.poll(source(address))) for address in addresses]
    async with asyncio.timeout(20):
        while len(server.asked) < 2:
            server.arrived.clear()
            await server.arrived.wait()
    hold.set()
    await asyncio.gather(*tasks)
    assert server.most_at_once == 2


async def test_cancelling_frees_the_host(server: FeedServer, sensors: Sensors) -> None:
    """A cancelled poll passes its cancellation on and leaves the host free for the next."""
    hold = asyncio.Event()
    sensor = sensors("127.0.0.1")
    task = asyncio.create_task(sensor.poll(source(server.on("/slow", Reply(FEED, hold=hold)))))
    await asyncio.wait_for(server.arrived.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await sensor.poll(source(server.on("/next", Reply(FEED))))).outcome == "read"


def _contexts(folder: Path, host: str, named: list[str | None]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server context with a fresh certificate for `host`, noting what name is asked for, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    serving.sni_callback = lambda _socket, asked, _context: named.append(asked)
    return serving, ssl.create_default_context(cafile=str(pem))
