// Arithmetic in registers: does the rounds it is sent, and says so.
import { parentPort } from 'node:worker_threads'

parentPort.on('message', (rounds) => {
  let x = 1
  for (let k = 0; k < rounds; k++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
  }
  parentPort.postMessage(x)
})
