import { cast, dtypes, fromFile, pipe } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { checkNew } from '../new-file.ts'
import { readSpans, regionOf } from '../region-text.ts'
import { reportWritten } from '../report-written.ts'
import { forceFlag, jsonFlag, runFlags, running } from '../run-flags.ts'

export const convert = defineCommand({
  name: 'convert',
  summary: 'Write a volume to another file: format, order on disk, element type, part.',
  arguments: [
    { name: 'IN', doc: 'The volume.' },
    { name: 'OUT', doc: 'The file to write; its ending decides the format.' },
  ],
  flags: {
    orientation: flag.text(
      'CODE',
      'Order of the axes on disk where --storage is not given, and orientation of --region: LPI, or storage for that of IN.',
    ),
    storage: flag.text('CODE', 'Order of the axes on disk; that of IN by default.'),
    dtype: flag.choice(dtypes, `Element type: ${dtypes.join(', ')}.`),
    region: flag.text('SPANS', 'Part to write: FIRST:END, N or : per axis, such as 0:64,0:64,:.'),
    ...runFlags,
    ...forceFlag,
    ...jsonFlag,
  },
  notes: [
    'World positions never change. Values keep their slope and intercept unless --dtype is given. Indices of --region are LPI ' +
      'unless --orientation says otherwise.',
  ],
  run: async ({ words, flags, io }) => {
    const [path, out] = words as readonly [string, string]
    const { orientation, dtype, force } = flags
    const spans = flags.region === undefined ? undefined : readSpans(flags.region)
    const indexed = orientation === undefined ? {} : { orientation }
    const { shape } = await pipe(fromFile(path, indexed)).info()
    const region = spans && regionOf(spans, shape)
    const source = fromFile(path, { ...indexed, ...(region && { region }) })
    checkNew(out, force)
    const started = performance.now()
    const storage = flags.storage ?? (orientation === 'storage' ? undefined : orientation)
    const file = { ...(force && { overwrite: force }), ...(storage && { storage }) }
    const pipeline = dtype === undefined ? pipe(source) : pipe(source, cast({ dtype }))
    await running(flags, io, (run) => pipeline.write(out, { ...run, ...file }))
    await reportWritten(out, { flags, io, milliseconds: performance.now() - started })
    return 0
  },
})
