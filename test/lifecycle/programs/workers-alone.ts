// Worker threads one after another, while this thread uses nothing of the library: prints how many threads the process has after each.
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'

const program = new URL('./worker.mjs', import.meta.url)
const threads: number[] = []
for (let k = 0; k < 4; k++) {
  const [code] = await once(
    new Worker(program, { workerData: { chain: 'reduction', length: 30, times: 1 } }),
    'exit',
  )
  if (code !== 0) throw new Error(`a worker ended with ${code}`)
  threads.push(readdirSync('/proc/self/task').length)
}
console.log(JSON.stringify(threads))
