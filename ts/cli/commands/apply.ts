import { pipe } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { checkNew } from '../new-file.ts'
import { knownFilters, pluginFlag } from '../plugins.ts'
import { reportWritten } from '../report-written.ts'
import { forceFlag, jsonFlag, runFlags, running } from '../run-flags.ts'
import { readSteps } from '../step-text.ts'
import { UsageError } from '../usage-error.ts'

export const stepNote =
  'A STEP is filter[:parameter=value,…]: median:radius=2x2x1 threshold:below=1. An x stands between the values of a list; ' +
  '`voxline filters NAME` lists the parameters.'

export const apply = defineCommand({
  name: 'apply',
  summary: 'Run filters over a volume and write the result, streamed within the memory budget.',
  arguments: [
    { name: 'IN', doc: 'The volume.' },
    { name: 'OUT', doc: 'The file to write; its ending decides the format.' },
    { name: 'STEP', doc: 'The filters, in order.', many: 'from 1' },
  ],
  flags: {
    storage: flag.text('CODE', 'Order of the axes on disk; that of IN by default.'),
    ...pluginFlag,
    ...runFlags,
    ...forceFlag,
    ...jsonFlag,
  },
  notes: [stepNote],
  run: async ({ words, flags, io }) => {
    const [path, out, ...texts] = words as readonly [string, string, ...string[]]
    const steps = readSteps(texts, await knownFilters(flags.plugin))
    const measuring = steps.find(({ filter }) => filter.measures)
    if (measuring) throw new UsageError(`${measuring.filter.op} gives numbers, no volume to write to ${out}`)
    const pipeline = pipe(path, ...steps)
    checkNew(out, flags.force)
    const started = performance.now()
    const { force, storage } = flags
    const file = { ...(force && { overwrite: force }), ...(storage && { storage }) }
    await running(flags, io, (run) => pipeline.write(out, { ...run, ...file }))
    await reportWritten(out, { flags, io, milliseconds: performance.now() - started })
    return 0
  },
})
