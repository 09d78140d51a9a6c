"""Requests to one server, with its errors as classes and its streams as what they carry."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
from httpx_sse import EventSource, aconnect_sse
from pydantic import TypeAdapter

from persona_lab import errors
from persona_lab.client.endpoint import Endpoint
from persona_lab.models import AnswerPart
from persona_lab.trust import trusted

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# Between two parts of an answer; a language model may think for a while.
ANSWER_TIMEOUT = httpx.Timeout(90.0, connect=5.0)
# Every interview is read once more for it, Korean at some 30 KB a second.
READING_TIMEOUT = httpx.Timeout(600.0, connect=5.0)

PART_TYPES = ("started", "delta", "citation", "done", "error")
_parts: TypeAdapter[AnswerPart] = TypeAdapter(AnswerPart)


class Asking:
    """One server, asked from one event loop. Close it when done.

    Args:
        endpoint: where the server is and how to get in.
        transport: stands in for the network in tests.
    """

    def __init__(self, endpoint: Endpoint, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.endpoint = endpoint
        # Finds the server again, and `move`s there, when nothing answers; without it that is an error at once.
        self.locate: Callable[[], Awaitable[object]] | None = None
        self.http = httpx.AsyncClient(
            base_url=endpoint.url,
            headers={"authorization": f"Bearer {endpoint.token}"},
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
            verify=trusted(endpoint.url),
        )

    def move(self, endpoint: Endpoint) -> None:
        """Use another address and token from here on: the server was started again."""
        self.endpoint = endpoint
        self.http.base_url = endpoint.url
        self.http.headers["authorization"] = f"Bearer {endpoint.token}"

    async def close(self) -> None:
        await self.http.aclose()

    async def _parts(self, path: str, body: Mapping[str, object]) -> AsyncGenerator[AnswerPart]:
        has_begun = False
        try:
            async with self._stream("POST", path, json=body, timeout=ANSWER_TIMEOUT) as source:
                await raise_for_problem(source.response)
                has_begun = True
                async for sent in source.aiter_sse():
                    # A comment comes out as an event without data; what a newer server says besides is not for us.
                    if not sent.data or json.loads(sent.data).get("type") not in PART_TYPES:
                        continue
                    part = _parts.validate_json(sent.data)
                    yield part
                    if part.type in ("done", "error"):
                        return
        except httpx.TransportError as error:
            # A line that breaks ends the answer, whether or not the break says so.
            if not has_begun:
                raise unreachable(self.endpoint, error) from None
        except ValueError:
            raise errors.ServerUnreachable("The answer came in damaged. Ask again.") from None
        raise errors.ServerUnreachable("The answer was cut off before its end. Ask again.")

    @asynccontextmanager
    async def _stream(self, method: str, path: str, **request: Any) -> AsyncIterator[EventSource]:
        """Open a stream; as `_send` does, at the server that is found when this one has gone."""
        async with AsyncExitStack() as stack:
            self._request(method, path, **request)
            try:
                source = await stack.enter_async_context(aconnect_sse(self.http, method, path, **request))
            except httpx.ConnectError:
                if self.locate is None:
                    raise
                await self.locate()
                source = await stack.enter_async_context(aconnect_sse(self.http, method, path, **request))
            yield source

    async def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = await self._send(method, path, **request)
        except httpx.TransportError as error:
            raise unreachable(self.endpoint, error) from None
        await raise_for_problem(response)
        return response

    async def _ask(self, method: str, path: str, **request: Any) -> Any:
        return self._read(await self._answer(method, path, **request))

    def _read(self, response: httpx.Response) -> Any:
        try:
            return response.json() if response.content else None
        except ValueError:
            raise errors.ServerError(
                f"What answers at {self.endpoint.url} is not a persona_lab server. Check the address."
            ) from None

    def _request(self, method: str, path: str, **request: Any) -> httpx.Request:
        """Return what is to be sent.

        Raises:
            InvalidRequest: it can't be: a number that is none, half of a character, a thing that JSON has no word for.
        """
        try:
            return self.http.build_request(method, path, **request)
        except httpx.InvalidURL:
            raise errors.InvalidRequest("That is too long to be asked for. Give a few words.") from None
        except UnicodeEncodeError:
            raise errors.InvalidRequest(
                "There is half of a character in it (a lone surrogate), which no text has. Write it anew."
            ) from None
        except (TypeError, ValueError) as error:
            said = f"That can't be sent: {error}. Give text, whole numbers, True or False."
            raise errors.InvalidRequest(said) from None

    async def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            return await self.http.send(self._request(method, path, **request))
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            # Where nothing was sent yet, or asking twice changes nothing, the server that is found, or started, now
            # may be asked instead: this one ended before it answered.
            if self.locate is None or not (isinstance(error, httpx.ConnectError) or method == "GET"):
                raise
        await self.locate()
        return await self.http.send(self._request(method, path, **request))


def unreachable(endpoint: Endpoint, error: httpx.TransportError) -> errors.ServerUnreachable:
    return errors.ServerUnreachable(
        f"The persona_lab server at {endpoint.url} does not answer ({type(error).__name__}). "
        "Run persona_lab.connect() again."
    )


async def raise_for_problem(response: httpx.Response) -> None:
    """Turn an error answer into the error it names."""
    if response.is_success:
        return
    await response.aread()
    try:
        problem = response.json()
        code, detail = problem["code"], problem["detail"]
    except (ValueError, KeyError, TypeError):
        # Not our server's words: a proxy's, perhaps.
        code, detail = "server_error", f"The server answered {response.status_code} without saying why."
    raise errors.from_code(code, detail)
