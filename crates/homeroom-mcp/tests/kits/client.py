"""A client made with the official Python kit. Its argument is the address of a server, or the program that is one."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


async def main() -> None:
    target = sys.argv[1]
    server = target if target.startswith("http") else StdioServerParameters(command=target)
    async with Client(server) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        echo = await client.call_tool("echo", {"text": "你好"})
        fail = await client.call_tool("fail", {})
        wrong = await client.call_tool("echo", {"text": 5})
        print(
            json.dumps(
                {
                    "tools": sorted(tools),
                    "reads": tools["echo"].annotations.read_only_hint,
                    "echo": echo.content[0].text,
                    "fail": [fail.is_error, fail.content[0].text],
                    "wrong": [wrong.is_error, "`text`" in wrong.content[0].text],
                }
            )
        )


asyncio.run(main())
