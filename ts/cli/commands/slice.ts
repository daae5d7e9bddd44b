import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { checkNew, checkPng, writeWhole } from '../new-file.ts'
import { pictureOf } from '../picture.ts'
import { encodePng } from '../png.ts'
import { forceFlag, jsonFlag, runFlags, running } from '../run-flags.ts'
import { displayNote, rangeFor, reportPicture, SliceSource, sliceFlags } from '../slices.ts'
import { UsageError } from '../usage-error.ts'

export const slice = defineCommand({
  name: 'slice',
  summary: 'Write one slice as a PNG picture.',
  arguments: [
    { name: 'IN', doc: 'The volume.' },
    { name: 'OUT', doc: 'The picture: a path that ends in .png.' },
  ],
  flags: {
    ...sliceFlags,
    index: flag.whole('N', 'Index of the slice along --axis; the middle one by default.'),
    ...runFlags,
    ...forceFlag,
    ...jsonFlag,
  },
  notes: [displayNote],
  run: async ({ words, flags, io }) => {
    const [path, out] = words as readonly [string, string]
    checkPng(out)
    const source = await SliceSource.open(path, flags)
    const { count } = source
    const index = flags.index ?? Math.floor(count / 2)
    if (index >= count) throw new UsageError(`--index must be in [0, ${count - 1}], received ${index}`)
    checkNew(out, flags.force)
    const plane = await running(flags, io, (run) => source.slice(index, run))
    const range = rangeFor([plane], flags)
    const picture = pictureOf(plane, range)
    await writeWhole(out, encodePng(picture))
    reportPicture({ flags, io }, { path: out, picture, range, plane, slices: [index], count })
    return 0
  },
})
