// Four worker threads, one pipeline each: of volumes of their own, then of one that this thread shares; prints the hash of each, and the
// bytes that live before and after.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { counters } from '../../../ts/index.ts'
import { noiseVolume } from './long-run.ts'

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
const volume = noiseVolume([30, 30, 30])
const shared = volume.handle()
const handle = structuredClone(shared)
const { live } = counters()
hashes['shared'] = await Promise.all(
  [1, 2, 3, 4].map(() => hashOf({ chain: 'reduction', length: 30, times: 3, handle })),
)
shared.close()
console.log(JSON.stringify({ hashes, bytes: volume.byteLength, before: live, after: counters().live }))
