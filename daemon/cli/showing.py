"""One item on a terminal, from what was seen to what became of it."""

import json
from typing import Any

from daemon.blackboard.senses import ARTICLE
from daemon.cli.listing import Listing
from daemon.cli.output import clean, moment, money, say, show

Document = dict[str, Any]

_TEXT_SHOWN = 1200


def show_document(document: Document) -> None:
    """Print what `BoardReader.item` answers."""
    _show_item(document["item"])
    for artifact in document["artifacts"]:
        _show_artifact(artifact)
    _show_calls(document["calls"])
    _show_events(document["events"])


def _show_item(item: Document) -> None:
    say(f"{item['title']}")
    facts = {
        "id": item["id"],
        "state": item["state"] + (f" (died in {item['died_in']})" if item["died_in"] else ""),
        "source": item["source"] or "posted by a person",
        "url": item["url"],
        "seen": moment(item["created_at"]),
        "changed": moment(item["updated_at"]),
        "article": _article(item),
        "language": item["language"],
        "round": item["round"] or None,
        "attempts": item["attempts"] or None,
        "cost": _cost(item),
        "reason": item["reason"],
        "error": item["error"],
        "duplicate of": item["duplicate_of"],
    }
    for name, value in facts.items():
        if value not in (None, ""):
            say(f"  {name:<13} {value}")
    for one in item["publications"]:
        say(f"  {one['sink']:<13} {one['status']} {clean(one['location'])}")
    if item["text"]:
        _heading("Source text")
        say(_shortened(item["text"]))
    if item.get("feed_text"):
        _heading("What the feed said")
        say(_shortened(item["feed_text"]))


def _article(item: Document) -> str | None:
    """What became of the article behind it, in words."""
    found = item.get("article")
    if not found:
        return "waits for it" if item.get("waits_for") == ARTICLE else None
    return f"{found['outcome'].replace('_', ' ')}: {found['note']}"


def _cost(item: Document) -> str:
    if "unconfirmed_usd" not in item:
        return money(item["cost_usd"])
    more = f"calls of unknown outcome may have cost {money(item['unconfirmed_usd'])} more"
    return f"{money(item['cost_usd'])}; {more}"


def _show_artifact(artifact: Document) -> None:
    by = f" by {artifact['model']}" if artifact["model"] else ""
    _heading(f"{artifact['kind'].capitalize()}, round {artifact['round']}{by}, {moment(artifact['created_at'])}")
    content = artifact["content"]
    if artifact["kind"] == "draft":
        say(f"{content.get('title', '')}\n\n{content.get('body', '')}")
    elif artifact["kind"] == "review":
        _show_review(content)
    else:
        say(_shortened(json.dumps(content, ensure_ascii=False, indent=2)))


def _show_review(content: Document) -> None:
    say("passed" if content.get("passed") else "sent back")
    for fault in content.get("faults", ()):
        say(f"  {fault.get('kind')}: {fault.get('reason')}")
        say(f"    {fault.get('sentence')}")


def _show_calls(calls: list[Document]) -> None:
    if not calls:
        return
    _heading("Calls")
    shown = Listing("id", "task", "model", "status", ">try", ">in", ">out", ">cost", ">ms", "error", flexible="error")
    for one in calls:
        tokens = (f"{one['prompt_tokens']:,}", f"{one['completion_tokens']:,}")
        cells = (one["id"], one["task"], one["model"], one["status"], one["attempt"], *tokens)
        shown.add(*cells, money(one["cost_usd"]), one["latency_ms"], one["error"])
    shown.show()


def show_call(call: Document) -> None:
    """Print what `call_in_full` answers: what was asked and what was answered, whole."""
    tokens = f"{call['prompt_tokens']:,} in, {call['completion_tokens']:,} out"
    say(f"Call {call['id']}: {call['brain']} {call['task']} by {call['provider']} {call['model']}")
    facts = {
        "status": call["status"] if call["kind"] == "call" else f"{call['status']} ({call['kind']})",
        "attempt": call["attempt"],
        "began": moment(call["started_at"]),
        "took": None if call["latency_ms"] is None else f"{call['latency_ms']:,} ms",
        "tokens": tokens,
        "cost": money(call["cost_usd"]),
        "error": call["error"],
    }
    for name, value in facts.items():
        if value not in (None, ""):
            say(f"  {name:<13} {value}")
    for heading, text in (("System", call["system"]), ("Prompt", call["prompt"]), ("Answer", call["answer"])):
        _heading(heading)
        say(text or "not kept")


def _show_events(events: list[Document]) -> None:
    _heading("History")
    shown = Listing("when", "event", "from", "to", "why", flexible="why")
    for one in events:
        shown.add(moment(one["at"]), one["type"], one["from"], one["to"], _why(one))
    shown.show()
    # The last attempt and the burial that follows it carry the same one.
    tracebacks = {one["data"]["failure"]["traceback"].rstrip(): one for one in events if "failure" in one["data"]}
    for text, one in tracebacks.items():
        if text:
            _heading(f"Traceback of event {one['id']}, {moment(one['at'])}")
            say(text)


def _why(event: Document) -> str:
    data = event["data"]
    failure = data.get("failure")
    if failure:
        attempt = f"attempt {data['attempt']}: " if data.get("attempt") else ""
        return f"{attempt}{failure['error_class']}: {failure['message']}"
    if data.get("sink"):
        return " ".join(str(data[key]) for key in ("sink", "status", "location") if data.get(key))
    # Who claimed it is a worker's number, which tells a person nothing.
    keys = ("reason", "reasons", "message", "error", *(() if event["type"] == "item_claimed" else ("by",)))
    for key in keys:
        value = data.get(key)
        if value:
            return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""


def _heading(text: str) -> None:
    from rich.text import Text

    say()
    show(Text(clean(text), style="bold"))


def _shortened(text: str) -> str:
    if len(text) <= _TEXT_SHOWN:
        return text
    return f"{text[:_TEXT_SHOWN].rstrip()} …\n({len(text):,} characters; --json shows all)"
