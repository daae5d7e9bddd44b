// Arithmetic in registers: does the rounds it is sent, and says so. Six numbers at once keep a core's units busy: where two processors of the
// system are one core's two threads, two of these loops take turns as kernels do.
import { parentPort } from 'node:worker_threads'

const next = (x) => {
  const y = x ^ (x << 13)
  const z = y ^ (y >>> 17)
  return z ^ (z << 5)
}

parentPort.on('message', (rounds) => {
  let [a, b, c, d, e, f] = [1, 2, 3, 4, 5, 6]
  for (let k = 0; k < rounds; k++) {
    a = next(a)
    b = next(b)
    c = next(c)
    d = next(d)
    e = next(e)
    f = next(f)
  }
  parentPort.postMessage(a ^ b ^ c ^ d ^ e ^ f)
})
