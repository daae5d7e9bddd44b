// Node.js 20 gives worker threads no loader for TypeScript: this entry takes one.
import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { Volume } = await import('../../ts/index.ts')

const volume = workerData.token
  ? Volume.fromHandle(workerData.token)
  : Volume.create({ shape: [3 << 20, 2], dtype: 'uint8' })
volume.set(workerData.value, workerData.at, 0)
volume.snapshot().set(99, 0, 0)
if (workerData.token) parentPort.postMessage('written')
else parentPort.postMessage(volume.handle())
// Stays, with the memory in use, until it is terminated.
if (workerData.stays) setInterval(() => volume.set(workerData.value, workerData.at, 0), 0)
