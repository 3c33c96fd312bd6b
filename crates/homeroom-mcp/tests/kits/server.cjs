// A server made with the official TypeScript kit. With a port as argument it serves HTTP, else standard input and output.
const http = require("node:http");
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = require("@modelcontextprotocol/sdk/server/stdio.js");
const { StreamableHTTPServerTransport } = require("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { z } = require("zod");

const text = (text) => ({ content: [{ type: "text", text }] });

function build() {
  const server = new McpServer({ name: "kit", version: "1.0.0" });
  const reads = { readOnlyHint: true };
  const numbers = { a: z.number(), b: z.number() };
  server.registerTool("add", { description: "Adds.", inputSchema: numbers, annotations: reads }, async ({ a, b }) =>
    text(String(a + b)),
  );
  server.registerTool("fail", { description: "Fails.", annotations: reads }, async () => {
    throw new Error("no luck");
  });
  server.registerTool("remember", { description: "Remembers.", inputSchema: { text: z.string() } }, async (a) =>
    text(`remembered: ${a.text}`),
  );
  return server;
}

if (process.argv.length > 2) {
  const answer = async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await build().connect(transport);
    await transport.handleRequest(request, response);
  };
  http.createServer(answer).listen(Number(process.argv[2]), "127.0.0.1");
} else {
  build().connect(new StdioServerTransport());
}
