"""The usual way: a queue per subscriber and sse-starlette's response. POST publishes, GET subscribes."""

import asyncio
import json
from collections.abc import AsyncIterator

from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

subscribers: set[asyncio.Queue[dict[str, object]]] = set()
published = 0


async def subscribe(_request: Request) -> Response:
    queue: asyncio.Queue[dict[str, object]] = asyncio.Queue()
    subscribers.add(queue)

    async def events() -> AsyncIterator[dict[str, str]]:
        try:
            while True:
                event = await queue.get()
                yield {"id": str(event["seq"]), "data": json.dumps(event)}
        finally:
            subscribers.discard(queue)

    return EventSourceResponse(events())


async def publish(request: Request) -> Response:
    global published
    published += 1
    event = {"seq": published, "type": "project:updated", "data": await request.json()}
    for queue in subscribers:
        queue.put_nowait(event)
    return JSONResponse({"seq": published})


app = Starlette(routes=[Route("/stream", subscribe), Route("/publish", publish, methods=["POST"])])
