"""Validators, freshness, and being asked to wait."""

from tests.fakes.feed_server import Reply
from tests.fakes.feeds import item, rss
from tests.integration.sensors.behaviours.case import FEED, Case, Group, Seen

MORE = rss(item(1), item(2), item(3))
NOT_MODIFIED = Reply(status=304)
HOUR, DAY = 3600.0, 86_400.0
WEEK = 7 * DAY
# The clock of the table stands at 2026-09-21T14:13:20Z.
IN_A_DAY, YESTERDAY, NEXT_YEAR = (
    "Tue, 22 Sep 2026 14:13:20 GMT",
    "Sun, 20 Sep 2026 14:13:20 GMT",
    "Wed, 22 Sep 2027 14:13:20 GMT",
)


def _sends_etag(*tags: str | None) -> object:
    def check(seen: Seen) -> bool:
        return seen.sent("if-none-match") == list(tags)

    return check


def _etag(value: str, *, body: bytes = FEED, **more: str) -> Reply:
    return Reply(body, headers={"ETag": value, **more})


def _unchanged(name: str, *replies: Reply, does: str, check: object) -> Case:
    return Case(name, replies, 0, polls=len(replies), outcome="unchanged", does=does, check=check)  # type: ignore[arg-type]  # a lambda or what _sends_etag makes


def _sends_date(value: str | None) -> object:
    def check(seen: Seen) -> bool:
        return seen.sent("if-modified-since")[-1] == value

    return check


VALIDATORS = Group(
    "validators",
    (
        _unchanged("a strong ETag", _etag('"1"'), NOT_MODIFIED, does="sends it back to the byte",
                   check=_sends_etag(None, '"1"')),
        _unchanged("a weak ETag", _etag('W/"1"'), NOT_MODIFIED, does="sends it back to the byte",
                   check=_sends_etag(None, 'W/"1"')),
        _unchanged("an ETag without quotes", _etag("abc"), NOT_MODIFIED, does="sends it back to the byte",
                   check=_sends_etag(None, "abc")),
        _unchanged("an ETag with commas and quotes in it", _etag("W/\"a, 'b'\""), NOT_MODIFIED,
                   does="sends it back to the byte", check=_sends_etag(None, "W/\"a, 'b'\"")),
        _unchanged("an ETag of 20,000 characters", _etag(f'"{"x" * 20_000}"'), Reply(FEED),
                   does="does not keep it", check=_sends_etag(None, None)),
        _unchanged("an empty ETag", _etag(""), Reply(FEED), does="does not send it", check=_sends_etag(None, None)),
        _unchanged("the same body with a new ETag each time", _etag('"1"'), _etag('"2"'), _etag('"3"'),
                   does="unchanged: nothing is parsed; the newest is sent", check=_sends_etag(None, '"1"', '"2"')),
        _unchanged("a 304 with a new ETag", _etag('"1"'), Reply(status=304, headers={"ETag": '"2"'}), NOT_MODIFIED,
                   does="the new one counts", check=_sends_etag(None, '"1"', '"2"')),
        _unchanged("a 304 with a body", _etag('"1"'),
                   Reply(raw=b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nwords"),
                   does="unchanged; the body is not read", check=_sends_etag(None, '"1"')),
        _unchanged("304 after nothing was asked conditionally", Reply(FEED), NOT_MODIFIED,
                   does="unchanged: it was read before", check=_sends_etag(None, None)),
        Case("an ETag that stays while the body changes", (_etag('"1"'), _etag('"1"', body=MORE)), 3, polls=2,
             does="reads what came", check=lambda seen: seen.sent("if-none-match") == [None, '"1"']),
        _unchanged("`Expires: 0` beside an ETag", _etag('"1"', Expires="0"), _etag('"1"', Expires="0"),
                   does="keeps no validators: this server's caching is not to be believed",
                   check=_sends_etag(None, None)),
        _unchanged("Last-Modified", Reply(FEED, headers={"Last-Modified": YESTERDAY}), NOT_MODIFIED,
                   does="sends it back to the byte", check=_sends_date(YESTERDAY)),
        _unchanged("Last-Modified in the future", Reply(FEED, headers={"Last-Modified": NEXT_YEAR}), NOT_MODIFIED,
                   does="sends it back to the byte: only the server reads it", check=_sends_date(NEXT_YEAR)),
        _unchanged("Last-Modified that is no date", Reply(FEED, headers={"Last-Modified": "yesterday"}), NOT_MODIFIED,
                   does="sends it back to the byte: only the server reads it", check=_sends_date("yesterday")),
        _unchanged("no validators", Reply(FEED), Reply(FEED), does="unchanged by its bytes: nothing is parsed",
                   check=_sends_etag(None, None)),
    ),
)  # fmt: skip


def _waits(name: str, headers: dict[str, str], seconds: float, *, status: int = 200, does: str) -> Case:
    def check(seen: Seen) -> bool:
        fetch = seen.sightings[-1].fetch
        return seen.wait == seconds and fetch.next_fetch_at >= seen.now + seconds

    found: int | str = 2 if status == 200 else str(status)
    return Case(name, Reply(FEED if status == 200 else b"", status=status, headers=headers), found, does=does,
                check=check)  # fmt: skip


def _asks(value: str, seconds: float, *, status: int = 429, does: str = "", **headers: str) -> Case:
    at = f", when its clock shows {headers['Date']}" if headers else ""
    return _waits(f"{status} with `Retry-After: {value}`{at}", {"Retry-After": value, **headers}, seconds,
                  status=status, does=does or "waits the usual hour of a first failure")  # fmt: skip


WAITS = Group(
    "when to come again",
    (
        _waits("no word about freshness", {}, HOUR, does="comes again after `sensors.every`"),
        _waits("`max-age=14400`", {"Cache-Control": "public, max-age=14400"}, 4 * HOUR, does="waits four hours"),
        _waits("`max-age` with `Age: 400`", {"Cache-Control": "max-age=14400", "Age": "400"}, 14_000.0,
               does="waits for the rest"),
        _waits("an `Age` that is nonsense", {"Cache-Control": "max-age=14400", "Age": "-5"}, 4 * HOUR,
               does="passes over it"),
        _waits("an `Age` beyond max-age", {"Cache-Control": "max-age=14400", "Age": "99999"}, HOUR,
               does="comes again after `sensors.every`"),
        _waits("`max-age` of a year", {"Cache-Control": "max-age=31536000"}, WEEK, does="waits a week, no longer"),
        _waits("`max-age=60`", {"Cache-Control": "max-age=60"}, HOUR, does="comes no sooner for that"),
        _waits("`no-store` beside max-age", {"Cache-Control": "no-store, max-age=14400"}, HOUR,
               does="comes again after `sensors.every`"),
        _waits("`Expires` in a day", {"Expires": IN_A_DAY}, DAY, does="waits a day"),
        _waits("`Expires` in a day, by a clock that is a day behind", {"Expires": IN_A_DAY, "Date": YESTERDAY}, 2 * DAY,
               does="waits as long as the server means, by its own clock"),
        _waits("`Expires: -1`", {"Expires": "-1"}, HOUR, does="passes over it"),
        _waits("`Expires` in the past", {"Expires": YESTERDAY}, HOUR, does="comes again after `sensors.every`"),
        _asks("90000", 90_000.0, does="waits so long"),
        _asks("90000", 90_000.0, status=503, does="waits so long"),
        _asks("120", HOUR, does="waits the hour of a first failure, which is longer"),
        _asks("7200.5", 7200.5, does="waits so long"),
        _asks(IN_A_DAY, DAY, does="waits until then"),
        _asks(IN_A_DAY, 2 * DAY, does="waits as long as the server means", Date=YESTERDAY),
        _asks(YESTERDAY, HOUR),
        _asks("99999999999", WEEK, does="waits a week, no longer"),
        _asks("-5", HOUR),
        _asks("soon", HOUR),
        _asks("", HOUR),
        _asks("9" * 400, HOUR, does="passes over it"),
        _waits("500 with Retry-After", {"Retry-After": "90000"}, HOUR, status=500,
               does="waits the usual hour: only 429 and 503 may ask for more"),
        Case("429, three times", Reply(status=429), "429", polls=3, does="waits twice as long each time",
             check=lambda seen: [one.fetch.interval_seconds for one in seen.sightings] == [HOUR, 2 * HOUR, 4 * HOUR]),
        Case("500, twelve times", Reply(status=500), "500", polls=12, does="waits up to a week, and never gives up",
             check=lambda seen: seen.wait == WEEK and seen.sightings[-1].fetch.errors_in_row == 12),
    ),
)  # fmt: skip
