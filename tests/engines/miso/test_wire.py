"""Addresses, keys, and when somebody asks to be left alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from persona_lab.engines.miso import files
from persona_lab.engines.miso.config import Miso
from persona_lab.engines.miso.wire import code_of, connected, retry_after
from persona_lab.errors import EngineKeyRefused, EngineNotSetUp, EngineRefused, EngineUnavailable
from persona_lab.settings import load
from tests.engines.miso.conftest import QUICK
from tests.fakes.miso import FakeMiso


@pytest.mark.parametrize("written", ["https://x.example", "https://x.example/", "https://x.example/ext/v1/"])
def test_the_address_may_be_written_with_or_without_its_root(written: str) -> None:
    assert Miso(url=written).base == "https://x.example/ext/v1"


@pytest.mark.parametrize(
    "written", ["", "x.example", "ftp://x.example", "https://", "https://u:p@x.example", "https:///a"]
)
def test_what_is_no_address_names_its_setting(written: str) -> None:
    with pytest.raises(EngineRefused, match="PERSONA_LAB_MISO_URL"):
        _ = Miso(url=written).base


@pytest.mark.parametrize("key", [None, "", "  ", "app-\u00e9", "app-1\nX: y", "app 1"])
def test_a_key_that_is_none_names_its_setting_and_nothing_is_sent(key: str | None, miso: FakeMiso) -> None:
    broken = Miso(url=miso.url, workflow_key=None if key is None else SecretStr(key))

    async def asked() -> None:
        async with connected(broken, "workflow") as wire:
            await files.limits_of(wire)

    is_set = bool(key and key.strip())
    with pytest.raises(EngineRefused, match="PERSONA_LAB_MISO_WORKFLOW_KEY") as raised:
        asyncio.run(asked())
    assert type(raised.value) is (EngineKeyRefused if is_set else EngineNotSetUp)
    assert not is_set or str(key) not in raised.value.message
    assert miso.calls == []


def test_no_key_is_shown(settings: Miso) -> None:
    assert "0123456789" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_nobody_there_says_where(miso: FakeMiso) -> None:
    nobody = Miso(url="http://127.0.0.1:9", workflow_key=SecretStr("app-x"), limits=QUICK)

    async def asked() -> None:
        async with connected(nobody, "workflow") as wire:
            await wire.ask("GET", "/info")

    with pytest.raises(EngineUnavailable, match=r"can't be reached at 127\.0\.0\.1:9"):
        asyncio.run(asked())


def test_what_an_app_takes_is_asked_for(miso: FakeMiso, settings: Miso) -> None:
    async def asked() -> dict[str, int | None]:
        async with connected(settings, "workflow") as wire:
            return await files.limits_of(wire)

    assert asyncio.run(asked()) == miso.limits


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("7", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-5", None), ("9" * 30, 86_400.0), ("٣", None)],
)
def test_a_wait_is_read_in_seconds(told: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": told}) == seconds


def test_a_wait_is_read_as_a_date() -> None:
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < (retry_after({"retry-after": then}) or 0) <= 90


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"code": "invalid_param"}', "invalid_param"),
        (b'{"error": {"code": "app_unavailable"}}', "app_unavailable"),
        (b'{"error": "Segments is required"}', "segments is required"),
        (b"<html>", ""),
        (b"[]", ""),
        (b"", ""),
        (b'{"code": 5}', ""),
        (b"[" * 100_000, ""),
    ],
)
def test_the_code_of_an_error_is_read_from_wherever_it_is(body: bytes, code: str) -> None:
    assert code_of(body) == code


def test_the_keys_are_settings_and_stay_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for app in ("WORKFLOW", "AGENT", "INTERVIEW", "KNOWLEDGE"):
        monkeypatch.setenv(f"PERSONA_LAB_MISO_{app}_KEY", f"app-{app}-0123")
    monkeypatch.setenv("PERSONA_LAB_MISO_URL", "https://miso.example")
    found = load()
    assert found.miso_url == "https://miso.example"
    assert found.miso_knowledge_key is not None
    assert found.miso_knowledge_key.get_secret_value() == "app-KNOWLEDGE-0123"
    assert "0123" not in repr(found)
