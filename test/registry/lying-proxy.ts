/** A JSON-RPC endpoint in front of a real one that passes on what it is told, or says what the test makes it say. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One JSON-RPC call. */
export interface RpcCall {
  readonly method: string
  readonly params: readonly unknown[]
}

/** What the proxy answers in place of the truth. */
export type Lie =
  | { readonly result: unknown }
  | { readonly error: unknown }
  | { readonly status: number; readonly body: string }
  | 'hang'
  | 'drop'

/** Makes up an answer, given the call and a way to the true result; the truth when it gives nothing. */
export type Liar = (call: RpcCall, truth: () => Promise<unknown>) => Promise<Lie | undefined> | Lie | undefined

/** The proxy. */
export interface LyingProxy extends AsyncDisposable {
  readonly rpcUrl: string
  /** The calls it got, in order. */
  readonly calls: RpcCall[]
  /** What it says from now on; the truth when undefined. */
  liar: Liar | undefined
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body)
}

/** Starts a proxy on a free port of 127.0.0.1, which tells the truth at first. */
export async function startLyingProxy(upstream: string): Promise<LyingProxy> {
  const calls: RpcCall[] = []
  const proxy: Pick<LyingProxy, 'liar'> = { liar: undefined }
  const forward = async (body: string) => (await fetch(upstream, { method: 'POST', body, headers })).text()
  const headers = { 'content-type': 'application/json' }
  const answer = async (body: string, response: ServerResponse): Promise<void> => {
    const { id, method, params = [] } = JSON.parse(body)
    calls.push({ method, params })
    const truth = async (): Promise<unknown> => JSON.parse(await forward(body)).result
    const lie = await proxy.liar?.({ method, params }, truth)
    if (lie === 'hang') return
    if (lie === 'drop') response.destroy()
    else if (lie === undefined) send(response, 200, await forward(body))
    else if ('status' in lie) send(response, lie.status, lie.body)
    else send(response, 200, JSON.stringify({ jsonrpc: '2.0', id, ...lie }))
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    await answer(Buffer.concat(chunks).toString(), response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(proxy, {
    // The path stands for an API key: no error may show it.
    rpcUrl: `http://127.0.0.1:${port}/v3/api-key-of-mine`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  })
}
