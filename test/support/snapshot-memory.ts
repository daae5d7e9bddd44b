// Run by test/ts/volume/snapshot.test.ts: prints by how many bytes the process's own share of memory grew.
import { readFileSync } from 'node:fs'
import { Volume } from '../../ts/index.ts'

const mebibyte = 2 ** 20

// Proportional set size: pages mapped twice count once.
function heldBytes(): number {
  const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

const volume = Volume.create({ shape: [128 * mebibyte], dtype: 'uint8' })
await volume.fill(1)
const before = heldBytes()
const taken = volume.snapshot()
let sum = 0
for (let k = 0; k < volume.size; k += 4096) sum += taken.get(k) + volume.get(k)
const byTaking = heldBytes() - before
const { data } = volume
for (let k = 0; k < 1024; k++) data[k * 100_000] = 2
const byWriting = heldBytes() - before
if (sum !== 2 * (volume.size / 4096) || taken.get(100_000) !== 1) throw new Error('wrong voxels')
console.log(JSON.stringify({ byTaking, byWriting }))
