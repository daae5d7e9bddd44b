// loop-delay.ts KIND: the delay of the event loop while runs go on; prints percentiles in milliseconds, and of a quiet while before.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { gaussian, median, pipe, rescaleIntensity } from '../../../ts/index.ts'
import { noiseVolume, twice } from './long-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'voxline-test-'))
const volume = noiseVolume([150, 140, 60])
await volume.write(join(folder, 'in.nii.gz'), { compression: 1 })
const packed = pipe(join(folder, 'in.nii.gz'), median(), gaussian(), rescaleIntensity({ dtype: 'uint8' }))

const kinds: Readonly<Record<string, () => Promise<unknown>>> = {
  native: () => pipe(volume, median({ radius: 2 }), gaussian()).compute(),
  gzip: () => packed.write(join(folder, 'out.nii.gz'), { overwrite: true }),
  script: () => pipe(volume, twice(), median()).compute({ region: { shape: [150, 140, 20] } }),
}

async function p99(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  delay.disable()
  return delay.percentile(99) / 1e6
}

const found: Record<string, number> = { quiet: await p99(() => setTimeout(500)) }
for (const [kind, run] of Object.entries(kinds)) {
  await run()
  found[kind] = await p99(async () => {
    for (const end = performance.now() + 800; performance.now() < end; ) await run()
  })
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify(found))
