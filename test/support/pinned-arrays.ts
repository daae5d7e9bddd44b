// Run by test/ts/volume/known-defects-memory.test.ts with --expose-gc: prints what arrays and volumes hold once what they came from is garbage.
import { setTimeout } from 'node:timers/promises'
import { Volume } from '../../ts/index.ts'

async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) {
    ;(globalThis.gc as () => void)()
    // Takes the memory again if it was given back.
    for (let k = 0; k < 50; k++) new Int16Array(64).fill(-1)
    for (let k = 0; k < 50; k++) await Volume.create({ shape: [4, 4, 4], dtype: 'int16' }).fill(-1)
    await setTimeout(5)
  }
}

function wrapped(): Volume {
  const array = Int16Array.from({ length: 64 }, (_, i) => i)
  return Volume.wrap(array, { shape: [4, 4, 4] })
}

async function viewOfDropped(): Promise<Volume> {
  const first = await Volume.wrap(new Int16Array(64).fill(11), { shape: [4, 4, 4] }).copy()
  const view = first.view({ start: [1, 1, 1] })
  first.set(12, 2, 1, 1)
  return view
}

function arrayOfDropped() {
  const volume = Volume.create({ shape: [4, 4, 4], dtype: 'int16' })
  volume.set(13, 1, 1, 1)
  return volume
    .flipToOrientation('RAS')
    .view({ shape: [3, 3, 3] })
    .array().data
}

const volume = wrapped()
const view = await viewOfDropped()
const array = arrayOfDropped()
await settle()
console.log(
  JSON.stringify({
    wrapped: [volume.get(3, 1, 0), volume.get(3, 3, 3)],
    viewOfDropped: [view.get(0, 0, 0), view.get(1, 0, 0)],
    arrayOfDropped: array[1 + 4 + 16],
  }),
)
