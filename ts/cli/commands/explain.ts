import { pipe } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { jsonFlag, runFlags, running } from '../run-flags.ts'
import { showJson } from '../show.ts'
import { readSteps } from '../step-text.ts'
import { stepNote } from './apply.ts'

export const explain = defineCommand({
  name: 'explain',
  summary: 'Print the plan of a run without running it: passes, stages, halos, tiles, bytes.',
  arguments: [
    { name: 'IN', doc: 'The volume; its header alone is read.' },
    { name: 'STEP', doc: 'The filters, in order.', many: 'from 0' },
  ],
  flags: {
    to: flag.text('OUT', 'The file that would be written; an uncompressed one by default.'),
    ...runFlags,
    ...jsonFlag,
  },
  notes: [stepNote],
  run: async ({ words, flags, io }) => {
    const [path, ...texts] = words as readonly [string, ...string[]]
    const pipeline = pipe(path, ...readSteps(texts))
    const { to } = flags
    const plan = await running({ ...flags, quiet: true }, io, ({ signal: _, ...run }) =>
      pipeline.explain({ ...run, ...(to && { to }) }),
    )
    io.write(flags.json ? showJson(plan) : `${String(plan).trimEnd()}\n`)
    return 0
  },
})
