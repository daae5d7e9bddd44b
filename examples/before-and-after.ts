// A picture of slices of two volumes on one grid: those of the first above those of the second.
import { writeFileSync } from 'node:fs'
import { gridOf, pictureOf } from '../ts/cli/picture.ts'
import { encodePng } from '../ts/cli/png.ts'
import { rangeFor, SliceSource } from '../ts/cli/slices.ts'

/** Writes `columns` axial slices of each file, evenly spread, as PNG. */
export async function beforeAndAfter(before: string, after: string, out: string, columns = 5): Promise<void> {
  const rows = []
  for (const path of [before, after]) {
    const source = await SliceSource.open(path, {})
    const indices = Array.from({ length: columns }, (_, k) =>
      Math.floor(((k + 0.5) * source.count) / columns),
    )
    const planes = await source.slices(indices, {})
    const range = rangeFor(planes, {})
    rows.push(...planes.map((plane) => pictureOf(plane, range)))
  }
  writeFileSync(out, encodePng(gridOf(rows, columns)))
}
