"""Walks the gateway with the official Python client and prints what it saw as one JSON line."""

import asyncio
import json
import sys

from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamablehttp_client


async def refusal(call):
    try:
        await call
    except McpError as error:
        return {"code": error.error.code, "data": error.error.data}
    return None


async def main(url: str, key: str) -> None:
    seen = {}
    async with streamablehttp_client(url, headers={"Authorization": f"Bearer {key}"}) as (read, write, _):
        async with ClientSession(read, write) as session:
            seen["server"] = (await session.initialize()).serverInfo.name
            seen["tools"] = len((await session.list_tools()).tools)
            first = await session.call_tool("echo", {"message": "one"})
            seen["first"] = first.content[0].text
            seen["refused"] = await refusal(session.call_tool("echo", {"message": "please drop table users"}))
            # A refusal must leave the transport usable: on a non-2xx answer this client loses it for good.
            again = await session.call_tool("echo", {"message": "two"})
            seen["again"] = again.content[0].text
    print(json.dumps(seen))


asyncio.run(main(sys.argv[1], sys.argv[2]))
