import { pipe } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { checkNew, writeWhole } from '../new-file.ts'
import { knownFilters, pluginFlag } from '../plugins.ts'
import { forceFlag, jsonFlag, runFlags, running } from '../run-flags.ts'
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
    picture: flag.text('FILE', 'Write the plan as an SVG picture too.'),
    ...pluginFlag,
    ...runFlags,
    ...forceFlag,
    ...jsonFlag,
  },
  notes: [stepNote],
  run: async ({ words, flags, io }) => {
    const [path, ...texts] = words as readonly [string, ...string[]]
    const pipeline = pipe(path, ...readSteps(texts, await knownFilters(flags.plugin)))
    const { to, picture } = flags
    if (picture !== undefined) checkNew(picture, flags.force)
    const plan = await running({ ...flags, quiet: true }, io, ({ signal: _, ...run }) =>
      pipeline.explain({ ...run, ...(to && { to }) }),
    )
    if (picture !== undefined) await writeWhole(picture, Buffer.from(plan.toSVG()))
    io.write(flags.json ? showJson(plan) : `${String(plan).trimEnd()}\n`)
    return 0
  },
})
