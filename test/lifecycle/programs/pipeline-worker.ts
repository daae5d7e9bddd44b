// A worker thread that runs pipelines: `{ chain, length, times }` in `workerData`; posts 'started', and a hash of the results at the end.
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { longRun } from './long-run.ts'

const { chain, length, times } = workerData as { chain: string; length: number; times: number }
const pipeline = longRun(chain, length)
parentPort?.postMessage('started')
const hash = createHash('sha256')
for (let k = 0; k < times; k++) {
  const { data } = await pipeline.compute({ divisions: 1 + k })
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}
parentPort?.postMessage(hash.digest('hex'))
