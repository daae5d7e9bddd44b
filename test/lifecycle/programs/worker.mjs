// Node.js 20 gives worker threads no loader for TypeScript: this entry takes one and goes on with pipeline-worker.ts.
import { register } from 'tsx/esm/api'

register()
await import('./pipeline-worker.ts')
