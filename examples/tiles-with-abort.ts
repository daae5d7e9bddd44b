// Takes a filtered volume part by part, as it is computed, and stops when it has seen enough.
import { median, pipe } from '../ts/index.ts'
import { phantomFile } from './phantom.ts'

const enough = new AbortController()
let parts = 0
try {
  const filtered = pipe(await phantomFile(), median({ radius: 1 }))
  for await (const { region, volume } of filtered.tiles({ divisions: 8, signal: enough.signal })) {
    console.log(`voxels from ${region.start.join(' ')}: ${volume.shape.join(' × ')}`)
    volume.dispose()
    if (++parts === 3) enough.abort(new Error('seen enough'))
  }
} catch (error) {
  if (error !== enough.signal.reason) throw error
  console.log(`stopped after ${parts} parts: ${enough.signal.reason.message}`)
}
