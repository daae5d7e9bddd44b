// Typed arrays and volumes share memory, both ways.
import { Volume } from '../ts/index.ts'

const mine = new Int16Array(5 * 4 * 3)
const volume = Volume.wrap(mine, { shape: [5, 4, 3], spacing: [1, 1, 2] })

mine[0] = 7
console.log('the volume sees the array:', volume.get(0, 0, 0))

volume.set(9, 4, 3, 2)
console.log('the array sees the volume:', mine.at(-1))

const slice = volume.view({ start: [0, 0, 2], shape: [5, 4, 1] })
await slice.fill(3)
console.log(
  'and a view of it:',
  mine.subarray(40).every((value) => value === 3),
)
