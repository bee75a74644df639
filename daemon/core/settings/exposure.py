"""What others can reach when the API listens on more than this machine."""

from ipaddress import ip_address

from daemon.core.settings.api_models import ApiSettings


def is_loopback(host: str) -> bool:
    """Only programs of this machine reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def exposure(api: ApiSettings) -> tuple[str, ...]:
    """What a person must know about `api.host`, a sentence each; nothing while it is of this machine alone."""
    if is_loopback(api.host):
        return ()
    reachable = (
        f"{api.host} can be reached from other machines: whoever has the token can do everything there, and plain HTTP "
        "carries it readable; put a proxy with TLS before it"
    )
    if not api.public_events:
        return (reachable,)
    public = (
        "everybody who reaches it sees, without a token, the live page and the events: titles, states, what was "
        "found, and what it costs"
    )
    return reachable, public
