"""The line to one MISO app: what is sent, what comes back, and what an error means.

No error carries what was sent or what MISO said in its own words, and none is
chained to httpx's, whose request holds both the key and the transcript.
"""

import asyncio
import email.utils
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple, TypeVar

import httpx

from persona_lab.engines.miso.config import SETTINGS, URL_SETTING, App, Miso
from persona_lab.errors import (
    AnswerNotUnderstood,
    EngineBusy,
    EngineError,
    EngineKeyRefused,
    EngineRefused,
    EngineTimedOut,
    EngineUnavailable,
)
from persona_lab.trust import trusted

T = TypeVar("T")
# An error's body has so many bytes at most; what is longer is a page for people.
ERROR_BYTES = 64 * 2**10
# A wait of longer than a day is a mistake of whoever asks for it.
LONGEST_RETRY_AFTER = 24 * 3600.0

APP_NAMES: dict[App, str] = {
    "workflow": "interview workflow",
    "agent": "persona agent",
    "interview": "interview agent",
    "knowledge": "knowledge base",
}


class Fault(NamedTuple):
    """Why a call failed; `is_passing` where the same call may succeed in a moment.

    `may_have_begun`: MISO may be at work on it all the same, and count it. `is_missing`: MISO doesn't know it.
    """

    error: EngineError
    is_passing: bool = False
    may_have_begun: bool = False
    is_missing: bool = False


class Wire:
    """Calls to one app. Not for use after its client is closed; see `connected`."""

    def __init__(self, client: httpx.AsyncClient, miso: Miso, app: App) -> None:
        self._client = client
        self.miso = miso
        self.app = app
        self.limits = miso.limits
        self.user = miso.user
        # Asked for here, so that a missing key is named before anything is sent.
        self._headers = {"authorization": f"Bearer {miso.key(app)}"}
        self._base = miso.base

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes, str] | None = None,
        seconds: float | None = None,
        is_paid: bool = False,
        may_be_missing: bool = False,
    ) -> Any:
        """Return what MISO answers, as JSON says it; None where it answers nothing.

        Args:
            file: name, content and media type of what is uploaded; `form` are the fields beside it.
            seconds: how long one try may take in all.
            is_paid: it costs something, so it is not sent again where MISO may have begun.
            may_be_missing: return None where MISO doesn't know what is asked for.

        Raises:
            EngineError: MISO refused, failed, or did not answer in time.
        """
        seconds = seconds or self.limits.question_seconds

        async def once() -> Any:
            result = await self._in_time(seconds, self._answered(method, path, body, query, form, file, seconds))
            return None if may_be_missing and isinstance(result, Fault) and result.is_missing else result

        return await self._repeated(once, is_paid=is_paid)

    @asynccontextmanager
    async def stream(self, path: str, body: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send `body` and hand over what comes back, piece by piece, once MISO has said that it begins.

        Raises:
            EngineError: MISO refused or failed; out of the pieces: the line broke, or was silent for too long.
        """

        async def once() -> httpx.Response | Fault:
            request = self._request("POST", path, body, silence=self.limits.silence_seconds)
            response = await self._opened(request)
            if isinstance(response, httpx.Response) and "html" in response.headers.get("content-type", "").lower():
                await response.aclose()
                return Fault(AnswerNotUnderstood(NO_JSON))
            return response

        response = await self._repeated(once)
        try:
            yield self._pieces(response)
        finally:
            await response.aclose()

    async def _answered(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        file: tuple[str, bytes, str] | None,
        seconds: float,
    ) -> Any:
        response = await self._opened(self._request(method, path, body, query, form, file, silence=seconds))
        if isinstance(response, Fault):
            return response
        try:
            content = await self._content(response, self.limits.answer_bytes)
        except EngineError as error:
            return Fault(error, is_passing=type(error) is EngineUnavailable, may_have_begun=True)
        finally:
            await response.aclose()
        if not content.strip():
            return None
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            return Fault(AnswerNotUnderstood(NO_JSON))

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        file: tuple[str, bytes, str] | None = None,
        *,
        silence: float,
    ) -> httpx.Request:
        limits = self.limits
        return self._client.build_request(
            method,
            self._base + path,
            json=body,
            params=query,
            data=form,
            files={"file": file} if file else None,
            headers=self._headers,
            timeout=httpx.Timeout(silence, connect=limits.connect_seconds, pool=limits.connect_seconds),
        )

    async def _opened(self, request: httpx.Request) -> httpx.Response | Fault:
        """Send it and return MISO's answer, still to be read, or what went wrong."""
        try:
            response = await self._client.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            return self._broken(error)
        if response.is_success:
            return response
        try:
            content = await self._content(response, ERROR_BYTES)
        except EngineError:
            content = b""
        finally:
            await response.aclose()
        return self.fault(response.status_code, code_of(content), retry_after(response.headers))

    async def _pieces(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the answer as it comes, up to the limit."""
        read = 0
        pieces = response.aiter_bytes()
        while True:
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except httpx.HTTPError as error:
                fault = self._broken(error)
            else:
                read += len(piece)
                if read <= self.limits.answer_bytes:
                    yield piece
                    continue
                fault = Fault(AnswerNotUnderstood("MISO's answer is longer than any answer should be. Try again."))
            raise fault.error

    async def _content(self, response: httpx.Response, limit: int) -> bytes:
        content = bytearray()
        async for piece in self._pieces(response):
            content += piece
            if len(content) > limit:
                break
        return bytes(content)

    async def _repeated(self, once: Callable[[], Awaitable[T | Fault]], *, is_paid: bool = False) -> T:
        """Try until it succeeds, or fails for good, or too often."""
        for attempt in count(1):
            result = await once()
            if not isinstance(result, Fault):
                return result
            may_repeat = result.is_passing and not (is_paid and result.may_have_begun)
            wait = self._wait(result.error, attempt)
            if not may_repeat or attempt >= self.limits.attempts or wait > self.limits.longest_wait_seconds:
                raise result.error
            await asyncio.sleep(wait)
        raise AssertionError

    def _wait(self, error: EngineError, attempt: int) -> float:
        """Return the seconds until the next try; chance keeps many clients from coming back at once."""
        most = min(self.limits.first_wait_seconds * 2.0 ** (attempt - 1), self.limits.longest_wait_seconds)
        return (error.retry_seconds or 0.0) + random.uniform(0.5, 1.0) * most  # noqa: S311 - no secret

    async def _in_time(self, seconds: float, work: Awaitable[T]) -> T | Fault:
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            return Fault(self.too_slow(seconds))

    def too_slow(self, seconds: float) -> EngineTimedOut:
        return EngineTimedOut(
            f"MISO's {APP_NAMES[self.app]} took longer than {seconds:.4g} seconds. Try again; "
            "if it happens again, split the transcript."
        )

    def _broken(self, error: httpx.HTTPError) -> Fault:
        """Say what a failure below HTTP means."""
        host = self._client_host()
        if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.PoolTimeout):
            unreachable = f"MISO can't be reached at {host}. Check the network and {URL_SETTING}, then try again."
            return Fault(EngineUnavailable(unreachable), is_passing=True)
        if isinstance(error, httpx.TimeoutException):
            return Fault(EngineTimedOut("MISO went silent in the middle of its work. Try again in a minute."))
        broke = EngineUnavailable("The line to MISO broke. Try again in a minute.")
        return Fault(broke, is_passing=True, may_have_begun=True)

    def _client_host(self) -> str:
        return httpx.URL(self._base).netloc.decode("ascii", "replace")

    def fault(self, status: int, code: str, retry_seconds: float | None = None) -> Fault:
        """Say what an error of MISO's means: its HTTP status, and its code where it has one."""
        setting, name = SETTINGS[self.app], APP_NAMES[self.app]
        if status == 401 or code == "unauthorized":
            return Fault(EngineKeyRefused(f"MISO refused the key of the {name}. Check {setting}."))
        if code in ("not_chat_app", "not_workflow_app"):
            return Fault(EngineKeyRefused(f"{setting} holds the key of another kind of MISO app. Check it."))
        if status == 403:
            return Fault(
                EngineKeyRefused(
                    f"MISO doesn't allow this with the key of the {name}. "
                    f"Switch its API on in MISO, or check {setting}."
                )
            )
        if code in CONDITIONS:
            return Fault(EngineUnavailable(CONDITIONS[code].format(name=name)))
        if code in REFUSALS:
            return Fault(EngineRefused(REFUSALS[code].format(name=name)))
        if status == 429:
            return Fault(EngineBusy(BUSY, retry_seconds=retry_seconds), is_passing=True)
        if status >= 500:
            broke = f"MISO has a fault of its own (HTTP {status}). Try again in a minute."
            return Fault(
                EngineUnavailable(broke, retry_seconds=retry_seconds), is_passing=True, may_have_begun=status != 503
            )
        if 300 <= status < 400:
            return Fault(EngineRefused(f"MISO's address leads elsewhere (HTTP {status}). Check {URL_SETTING}."))
        if status == 404:
            return Fault(
                EngineRefused(f"MISO doesn't know what the {name} was asked for. Check {URL_SETTING}."), is_missing=True
            )
        return Fault(EngineRefused(f"MISO's {name} refused what was sent (HTTP {status}). Look at the app in MISO."))

    def fault_of(self, told: Mapping[str, Any]) -> EngineError:
        """Return what an error means that MISO reports in the middle of an answer."""
        status = told.get("status")
        return self.fault(status if isinstance(status, int) else 500, _code(told)).error

    async def next_of(self, happening: AsyncIterator[T], until: float, seconds: float) -> T | None:
        """Return what comes next; None at the end.

        Args:
            until: when it must have come, as `time.monotonic` counts.
            seconds: how long that was in all.

        Raises:
            EngineTimedOut: it has not come.
        """
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                return await anext(happening, None)
        except TimeoutError:
            pass
        raise self.too_slow(seconds)


NO_JSON = f"MISO's answer is no JSON. Check {URL_SETTING}, or try again."
BUSY = "MISO runs as many analyses as the app allows. Try again in a minute."
# Said with status 400, but nothing is wrong with what was sent.
CONDITIONS = {
    "provider_quota_exceeded": "The model quota of MISO's {name} is used up. Raise it in MISO, then try again.",
    "completion_request_error": "The language model behind MISO's {name} failed. Try again in a minute.",
    "model_currently_not_support": "The language model behind MISO's {name} is not available. Try again later, or "
    "choose another in MISO.",
    "workflow_request_error": "MISO's {name} could not be run. Try again; if it happens again, look at it in MISO.",
}
REFUSALS = {
    "invalid_param": "MISO's {name} did not take what was sent. Check in MISO that the app is published and takes "
    "the inputs of the interview analysis.",
    "app_unavailable": "MISO's {name} is not set up properly. Open it in MISO, correct it and publish it.",
    "provider_not_initialize": "MISO's {name} has no credentials for its language model. Add them in MISO.",
    "file_too_large": "MISO takes no file of that size. Split it.",
    "too_many_files": "MISO takes no more files at once. Send fewer.",
    "unsupported_file_type": "MISO takes no file of that type. Send it as .txt, .docx or .pdf.",
    "no_file_uploaded": "MISO found no file in what was uploaded. Check that the file isn't empty.",
}


@asynccontextmanager
async def connected(miso: Miso, app: App) -> AsyncIterator[Wire]:
    """Open a line to one app.

    Raises:
        EngineNotSetUp: the app's key isn't set.
        EngineRefused: the address is none.
    """
    async with httpx.AsyncClient(verify=trusted(miso.url), headers={"user-agent": "persona-lab"}) as client:
        yield Wire(client, miso, app)


def code_of(content: bytes) -> str:
    """Return the code of an error's body; "" where it has none, as a page for people hasn't."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    return _code(told) if isinstance(told, dict) else ""


def _code(told: Mapping[str, Any]) -> str:
    inner = told.get("error")
    for code in (told.get("code"), inner.get("code") if isinstance(inner, dict) else inner):
        if isinstance(code, str) and code.isascii():
            return code.strip().lower()
    return ""


def path_part(told: str) -> str:
    """Return an id as part of a path.

    Raises:
        EngineRefused: it would lead elsewhere.
    """
    if not told.replace("-", "").isalnum() or not told.isascii():
        raise EngineRefused("That is no id of MISO's.")
    return told


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a server asks to be left alone for, if it does. RFC 9110, 10.2.3: seconds or a date."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        seconds = float(told[:9])
    else:
        try:
            date = email.utils.parsedate_to_datetime(told)
        except ValueError:
            return None
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (date - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
