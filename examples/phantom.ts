// A small volume to try things on: an ellipsoid with a brighter core.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Volume } from '../ts/index.ts'

/** An ellipsoid of 1000 with a core of 2000 on a ground of 100. */
export function phantom(): Volume<'int16'> {
  const volume = Volume.create({ shape: [64, 48, 40], dtype: 'int16', spacing: [1, 1, 1.5] })
  const { data } = volume
  for (let k = 0, at = 0; k < 40; k++)
    for (let j = 0; j < 48; j++)
      for (let i = 0; i < 64; i++, at++) {
        const r = Math.hypot((i - 31.5) / 28, (j - 23.5) / 20, (k - 19.5) / 16)
        data[at] = r < 0.5 ? 2000 : r < 1 ? 1000 : 100
      }
  volume.touch()
  return volume
}

/** The same as a file in a temporary folder that goes when the program ends. */
export async function phantomFile(name = 'phantom.nii.gz'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'voxline-example-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, name)
  await phantom().write(path)
  return path
}
