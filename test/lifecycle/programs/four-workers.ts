// Four worker threads, one pipeline each, while this thread runs its own; prints the hash of each.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const program = new URL('./worker.mjs', import.meta.url)

async function hashOf(workerData: object): Promise<string> {
  const worker = new Worker(program, { workerData })
  const messages: string[] = []
  worker.on('message', (message: string) => messages.push(message))
  const [code] = await once(worker, 'exit')
  if (code !== 0) throw new Error(`a worker ended with ${code}`)
  return messages[1] as string
}

const hashes: Record<string, readonly string[]> = {}
for (const chain of ['reduction', 'script'])
  hashes[chain] = await Promise.all([1, 2, 3, 4].map(() => hashOf({ chain, length: 30, times: 3 })))
console.log(JSON.stringify(hashes))
