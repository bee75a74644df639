"""The switch of chaos over the configuration."""

import json

import pytest

from daemon.core.chaos import chaos_control, chaos_state
from daemon.core.errors import UsageError
from daemon.core.settings.models import ChaosSettings, Settings

OFF, ON = ChaosSettings(), ChaosSettings(enabled=True)


def test_chaos_is_off_by_default() -> None:
    assert not chaos_state(Settings().chaos, None, now=0.0).is_on


def test_without_a_switch_the_configuration_decides() -> None:
    assert chaos_state(ON, None, now=0.0).is_on
    assert chaos_state(ON, None, now=0.0).origin == "configuration"


def test_a_switch_replaces_what_it_names_and_keeps_the_rest() -> None:
    control = chaos_control(OFF, {"enabled": True, "network_errors": 0.3}, until=None)
    state = chaos_state(OFF, control, now=0.0)
    assert (state.is_on, state.origin, state.until) == (True, "switch", None)
    assert (state.settings.network_errors, state.settings.rate_limits) == (0.3, OFF.rate_limits)


def test_a_switch_can_turn_configured_chaos_off() -> None:
    assert not chaos_state(ON, chaos_control(ON, {"enabled": False}, until=None), now=0.0).is_on


def test_after_its_end_a_switch_counts_no_more() -> None:
    control = chaos_control(OFF, {"enabled": True}, until=100.0)
    assert chaos_state(OFF, control, now=99.9).is_on
    assert not chaos_state(OFF, control, now=100.0).is_on


@pytest.mark.parametrize("overrides", [{"network_errors": 1.5}, {"nonsense": 1}, {"latency": [1]}])
def test_settings_of_no_use_are_refused_by_name(overrides: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(overrides))):
        chaos_control(OFF, overrides, until=None)


@pytest.mark.parametrize("control", ["not json", "[1]", '{"network_errors": 7}', '{"enabled": true, "until": "soon"}'])
def test_a_switch_that_cannot_be_read_turns_nothing_on(control: str) -> None:
    assert chaos_state(OFF, control, now=0.0).settings == OFF


def test_the_document_is_json_and_tells_all_faults() -> None:
    document = chaos_state(OFF, chaos_control(OFF, {"enabled": True}, until=50.0), now=1.0).document()
    assert json.loads(json.dumps(document)) == document
    assert (document["on"], document["set_by"], document["until"]) == (True, "switch", "1970-01-01T00:00:50.000Z")
    assert document["faults"]["latency"] == [0.5, 3.0]


def test_the_words_name_only_what_happens() -> None:
    settings = ChaosSettings(enabled=True, latency_share=0, rate_limits=0, garbage=0, truncated=0, memory_down=True)
    assert chaos_state(settings, None, now=0.0).in_words == "10% network errors, memory down"
