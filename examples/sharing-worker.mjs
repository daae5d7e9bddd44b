// The other thread of sharing.ts. Only TypeScript on Node.js 20 needs the loader: `import { Volume } from 'voxline'` does elsewhere.
import { workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
const { Volume } = await import('../ts/index.ts')

const volume = Volume.fromHandle(workerData)
volume.set(7, 1, 2, 3)
volume.dispose()
