// A worker thread that runs pipelines: `{ chain, length, times, handle? }` in `workerData`; posts 'started', and a hash of the results at the end.
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { Volume, type VolumeToken } from '../../../ts/index.ts'
import { longRun } from './long-run.ts'

interface Work {
  readonly chain: string
  readonly length: number
  readonly times: number
  /** A volume of another thread to work on. */
  readonly handle?: VolumeToken<'int16'>
}

const { chain, length, times, handle } = workerData as Work
const pipeline = handle ? longRun(chain, Volume.fromHandle(handle)) : longRun(chain, length)
parentPort?.postMessage('started')
const hash = createHash('sha256')
for (let k = 0; k < times; k++) {
  const { data } = await pipeline.compute({ divisions: 1 + k })
  hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}
parentPort?.postMessage(hash.digest('hex'))
