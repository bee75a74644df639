"""Settings as YAML again, with every secret hidden."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, SecretStr

from daemon.core.open_values import without_secrets
from daemon.core.redaction import HIDDEN, scrub_text
from daemon.core.settings.models import GroupSettings, Settings
from daemon.core.settings.sensor_models import SourceSettings


def dump_settings(settings: Settings) -> str:
    """The whole configuration as one YAML document, in the order and with the keys of the file.

    It stands on its own: what came from the folders of groups and pools is in it, so these are not named again.
    """
    plain = _plain(settings)
    plain["llm"] |= {"groups_dir": None, "pools_dir": None}
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def secret_values(settings: BaseModel) -> list[str]:
    """Every secret that stands in the settings, to be hidden elsewhere."""
    found: list[str] = []
    _collect(settings, found)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _section(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return _scalar(value)


def _section(section: BaseModel) -> dict[str, Any]:
    plain = {key: _plain(getattr(section, key)) for key in type(section).model_fields}
    if isinstance(section, SourceSettings):
        plain |= {"options": without_secrets(section.options)}
    if isinstance(section, GroupSettings):
        return {**plain.pop("echelons"), **plain}
    return plain


def _scalar(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, Path):
        return str(value)
    return scrub_text(value) if isinstance(value, str) and "://" in value else value


def _collect(value: Any, found: list[str]) -> None:
    if isinstance(value, SecretStr):
        found.append(value.get_secret_value())
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            _collect(getattr(value, key), found)
    elif isinstance(value, dict):
        for entry in value.values():
            _collect(entry, found)
    elif isinstance(value, tuple):
        for entry in value:
            _collect(entry, found)
