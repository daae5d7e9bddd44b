// Run by test/ts/volume/edit.test.ts with --expose-gc: prints whether edits were in place.
import { setTimeout } from 'node:timers/promises'
import { Volume } from '../../ts/index.ts'

const volume = Volume.create({ shape: [300, 200], dtype: 'int16' })
const isInPlace = () => volume.edit(() => {}) === volume

let held: readonly unknown[] | undefined = [volume.data, volume.array().data]
volume.set(1, 0, 0)
await setTimeout(1)
const whileHeld = isInPlace() || held.length !== 2
held = undefined
for (let round = 0; round < 8; round++) {
  ;(globalThis.gc as () => void)()
  await setTimeout(5)
}
volume.set(2, 0, 0)
console.log(JSON.stringify({ whileHeld, afterwards: isInPlace() }))
