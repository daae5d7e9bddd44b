import { fromFile, pipe, type Statistics, statistics } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { readSpans, regionOf } from '../region-text.ts'
import { jsonFlag, runFlags, running } from '../run-flags.ts'
import { showJson, showNumber, showTable } from '../show.ts'
import { readSteps } from '../step-text.ts'
import { stepNote } from './apply.ts'

export const stats = defineCommand({
  name: 'stats',
  summary: 'Print count, range, mean, deviation and sum of the values, streamed within the memory budget.',
  arguments: [
    { name: 'FILE', doc: 'The volume.' },
    { name: 'STEP', doc: 'Filters to run first.', many: 'from 0' },
  ],
  flags: {
    orientation: flag.text('CODE', 'Orientation of the indices of --region: LPI by default, or storage.'),
    region: flag.text('SPANS', 'Part to measure: FIRST:END, N or : per axis, such as 0:64,0:64,:.'),
    ...runFlags,
    ...jsonFlag,
  },
  notes: [
    'NaN is counted apart and left out of the rest. Sigma and variance are those of a sample (n - 1).',
    stepNote,
  ],
  run: async ({ words, flags, io }) => {
    const [path, ...texts] = words as readonly [string, ...string[]]
    const steps = readSteps(texts)
    const spans = flags.region === undefined ? undefined : readSpans(flags.region)
    const before = pipe(
      fromFile(path, flags.orientation === undefined ? {} : { orientation: flags.orientation }),
      ...steps,
    )
    const region = spans && regionOf(spans, (await before.info()).shape)
    const found = await running(flags, io, (run) =>
      pipe(before, statistics()).compute({ ...run, ...(region && { region }) }),
    )
    io.write(flags.json ? showJson(found) : showTable(rows(found)))
    return 0
  },
})

function rows(found: Statistics): readonly (readonly string[])[] {
  return Object.entries(found).map(([name, value]) => [name, showNumber(value)])
}
