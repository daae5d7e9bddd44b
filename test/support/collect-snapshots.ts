// Run by test/ts/volume/snapshot.test.ts with --expose-gc: prints what it saw as JSON.
import { setTimeout } from 'node:timers/promises'
import { counters, Volume } from '../../ts/index.ts'

const collect = globalThis.gc as () => void

async function settle(): Promise<void> {
  for (let round = 0; round < 8; round++) {
    collect()
    await setTimeout(5)
  }
}

const length = 6 * 2 ** 20
const start = counters()

function litter(): Uint8Array {
  const volume = Volume.create({ shape: [length], dtype: 'uint8' })
  for (let k = 0; k < 20; k++) {
    volume.data[k * 4096] = 3
    volume.snapshot().data[1] = k
  }
  return volume.snapshot().data
}

let kept: Uint8Array | undefined = litter()
await settle()
const seen = [kept.length, kept[19 * 4096]]
kept = undefined
await settle()
const end = counters()
console.log(JSON.stringify({ leaked: end.live - start.live, kept: seen, volumes: end.volumes }))
