// Runs one operation of plain JavaScript or of an npm package on a raw little-endian volume and times it: options and protocol of
// ../python/peer.py.
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const arrays = { uint8: Uint8Array, int16: Int16Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array }

function readArguments(words) {
  const args = {}
  for (let i = 0; i + 1 < words.length; i += 2) {
    const [name, text] = [words[i].slice(2), words[i + 1]]
    args[name] = name === 'shape' ? text.split(',').map(Number) : Number.isNaN(Number(text)) ? text : Number(text)
  }
  return args
}

function readVoxels({ input, dtype }) {
  const bytes = readFileSync(input)
  return new arrays[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

/** Arrays by name, made anew after `drop`. */
class Buffers {
  kept = new Map()

  take(name, length, dtype) {
    if (!this.kept.has(name)) this.kept.set(name, new arrays[dtype](length))
    return this.kept.get(name)
  }

  drop() {
    this.kept.clear()
  }
}

async function obey(operation, source, args) {
  const buffers = new Buffers()
  let result
  const timed = async () => {
    const start = performance.now()
    result = await operation(source, args, buffers)
    console.log(JSON.stringify({ ms: performance.now() - start }))
  }
  await timed()
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, path, dtype] = line.split(' ')
    if (word === 'save') {
      writeFileSync(path, result.constructor === arrays[dtype] ? result : arrays[dtype].from(result))
      console.log('{}')
      continue
    }
    if (word === 'fresh') buffers.drop()
    await timed()
  }
}

async function main(words) {
  const library = await import(`./with-${words[words.indexOf('--library') + 1]}.mjs`)
  if (words.includes('--about')) {
    console.log(JSON.stringify({ name: library.name, threaded: false, operations: Object.keys(library.operations) }))
    return
  }
  const args = readArguments(words)
  await obey(library.operations[args.op], args.op.startsWith('read') ? args.input : readVoxels(args), args)
  process.exit()
}

await main(process.argv.slice(2))
