import { defineCommand } from '../command.ts'
import type { Plane } from '../display.ts'
import { flag } from '../flags.ts'
import { checkNew, checkPng, writeWhole } from '../new-file.ts'
import { gridOf, pictureOf } from '../picture.ts'
import { encodePng, type Picture } from '../png.ts'
import { forceFlag, jsonFlag, runFlags, running } from '../run-flags.ts'
import { displayNote, rangeFor, reportPicture, SliceSource, sliceFlags } from '../slices.ts'

const usualCount = 24

export const mosaic = defineCommand({
  name: 'mosaic',
  summary: 'Write slices side by side as one PNG picture.',
  arguments: [
    { name: 'IN', doc: 'The volume.' },
    { name: 'OUT', doc: 'The picture: a path that ends in .png.' },
  ],
  flags: {
    ...sliceFlags,
    count: flag.whole(
      'N',
      `How many slices, evenly spread; ${usualCount} by default, or all where there are fewer.`,
      1,
    ),
    columns: flag.whole(
      'N',
      'Slices side by side; by default as many as make the picture about as wide as high.',
      1,
    ),
    ...runFlags,
    ...forceFlag,
    ...jsonFlag,
  },
  notes: [
    `${displayNote} Slices follow each other in the order of their indices, row after row from the top left.`,
  ],
  run: async ({ words, flags, io }) => {
    const [path, out] = words as readonly [string, string]
    checkPng(out)
    const source = await SliceSource.open(path, flags)
    const count = Math.min(source.count, flags.count ?? usualCount)
    const indices = Array.from({ length: count }, (_, k) => Math.floor(((k + 0.5) * source.count) / count))
    checkNew(out, flags.force)
    const planes = await running(flags, io, (run) => source.slices(indices, run))
    const range = rangeFor(planes, flags)
    const pictures = planes.map((plane) => pictureOf(plane, range))
    const grid = gridOf(pictures, Math.min(count, flags.columns ?? usualColumns(pictures)))
    await writeWhole(out, encodePng(grid))
    const shown = {
      path: out,
      picture: grid,
      range,
      plane: planes[0] as Plane,
      slices: indices,
      count: source.count,
    }
    reportPicture({ flags, io }, shown)
    return 0
  },
})

function usualColumns(pictures: readonly Picture[]): number {
  const { width, height } = pictures[0] as Picture
  return Math.max(1, Math.ceil(Math.sqrt((pictures.length * height) / width)))
}
