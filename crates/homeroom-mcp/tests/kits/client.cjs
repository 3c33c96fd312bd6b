// A client made with the official TypeScript kit. Its argument is the address of a server, or the program that is one.
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");

async function main() {
  const target = process.argv[2];
  const transport = target.startsWith("http")
    ? new StreamableHTTPClientTransport(new URL(target))
    : new StdioClientTransport({ command: target });
  const client = new Client({ name: "kit", version: "1.0.0" });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const call = (name, args) => client.callTool({ name, arguments: args });
  const echo = await call("echo", { text: "你好" });
  const fail = await call("fail", {});
  const wrong = await call("echo", { text: 5 });
  console.log(
    JSON.stringify({
      tools: tools.map((tool) => tool.name).sort(),
      reads: tools.find((tool) => tool.name === "echo").annotations.readOnlyHint,
      echo: echo.content[0].text,
      fail: [fail.isError, fail.content[0].text],
      wrong: [wrong.isError, wrong.content[0].text.includes("`text`")],
    }),
  );
  await client.close();
}

main();
