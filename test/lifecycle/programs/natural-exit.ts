// Leaves volumes, views, arrays and a pipeline alive and waits for nothing: the run must still come to its end.
import { writeFileSync } from 'node:fs'
import { gaussian, median, pipe, Volume } from '../../../ts/index.ts'
import { noiseVolume, twice } from './long-run.ts'

const path = process.argv[2] as string
const volume = noiseVolume([40, 30, 20])
const alive = {
  volume,
  view: volume.view({ start: [1, 2, 3] }),
  array: volume.data,
  wrapped: Volume.wrap(new Float32Array(60), { shape: [3, 4, 5] }),
  pipeline: pipe(volume, median(), twice(), gaussian()),
}
Object.assign(globalThis, { alive })
void alive.pipeline.write(path).then(() => writeFileSync(`${path}.done`, ''))
