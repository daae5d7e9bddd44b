// Run by test/ts/volume/collection.test.ts with --expose-gc: prints what it saw as JSON.
import { setTimeout } from 'node:timers/promises'
import { native } from '../../ts/native/load.ts'
import { Volume } from '../../ts/volume/volume.ts'

const collect = globalThis.gc as () => void

async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) {
    collect()
    await setTimeout(5)
  }
}

async function litter(count: number, use: (volume: Volume) => unknown): Promise<void> {
  for (let k = 0; k < count; k++)
    await use(Volume.create({ shape: [256, 128, 32], dtype: 'int16' }).flip([0]))
}

const liveBytes = () => native().counters().live
const start = liveBytes()
await litter(20, () => {})
await litter(20, (volume) => volume.data)
await litter(5, (volume) => volume.copy())
await settle()
const afterGarbage = liveBytes() - start

const kept = Volume.create({ shape: [64, 32, 16], dtype: 'float32' }).flip([0, 1]).data
kept[17] = 4
await settle()
const array = [kept.length, kept[17]]

const wrapped = new WeakRef(new Int16Array(1000))
await Volume.wrap(wrapped.deref() as Int16Array, { shape: [1000] }).fill(3)
await settle()
console.log(JSON.stringify({ afterGarbage, array, wrappedIsGone: wrapped.deref() === undefined }))
