import {
  fromFile,
  type LabelStatistics,
  labelStatistics,
  type Pipeline,
  pipe,
  type Statistics,
  statistics,
} from '../../index.ts'
import { defineCommand } from '../command.ts'
import { flag } from '../flags.ts'
import { knownFilters, pluginFlag } from '../plugins.ts'
import { readSpans, regionOf } from '../region-text.ts'
import { jsonFlag, runFlags, running } from '../run-flags.ts'
import { showJson, showNumber, showTable } from '../show.ts'
import { readSteps } from '../step-text.ts'
import { UsageError } from '../usage-error.ts'
import { stepNote } from './apply.ts'

type Found = Statistics | readonly LabelStatistics[]

export const stats = defineCommand({
  name: 'stats',
  summary: 'Print count, range, mean, deviation and sum of the values, streamed within the memory budget.',
  arguments: [
    { name: 'FILE', doc: 'The volume.' },
    { name: 'STEP', doc: 'Filters to run first.', many: 'from 0' },
  ],
  flags: {
    mask: flag.text('FILE', 'Measure where this volume on the same grid is not 0.'),
    labels: flag.text('FILE', 'Measure every label of this volume on the same grid by itself.'),
    percentiles: flag.numbers('P,P', 'Percentiles to print too, each from 0 to 100.'),
    orientation: flag.text('CODE', 'Orientation of the indices of --region: LPI by default, or storage.'),
    region: flag.text('SPANS', 'Part to measure: FIRST:END, N or : per axis, such as 0:64,0:64,:.'),
    ...pluginFlag,
    ...runFlags,
    ...jsonFlag,
  },
  notes: [
    'NaN is counted apart and left out of the rest. Sigma and variance are those of a sample (n - 1).',
    stepNote,
  ],
  run: async ({ words, flags, io }) => {
    const [path, ...texts] = words as readonly [string, ...string[]]
    const { mask, labels, percentiles = [] } = flags
    if (labels !== undefined && (mask !== undefined || percentiles.length > 0))
      throw new UsageError('--labels goes without --mask and --percentiles')
    const steps = readSteps(texts, await knownFilters(flags.plugin))
    const spans = flags.region === undefined ? undefined : readSpans(flags.region)
    const before = pipe(
      fromFile(path, flags.orientation === undefined ? {} : { orientation: flags.orientation }),
      ...steps,
    )
    const measured: Pipeline<Found> =
      labels === undefined
        ? pipe(before, statistics({ percentiles, ...(mask !== undefined && { mask }) }))
        : pipe(before, labelStatistics(labels))
    const region = spans && regionOf(spans, (await before.info()).shape)
    const found = await running(flags, io, (run) => measured.compute({ ...run, ...(region && { region }) }))
    if (flags.json) io.write(showJson(found))
    else io.write(showTable('count' in found ? rows(found, percentiles) : labelRows(found)))
    return 0
  },
})

function rows(found: Statistics, percentiles: readonly number[]): readonly (readonly string[])[] {
  const { percentiles: values, ...numbers } = found
  return [
    ...Object.entries(numbers).map(([name, value]) => [name, showNumber(value)]),
    ...values.map((value, k) => [`${showNumber(percentiles[k] as number)} %`, showNumber(value)]),
  ]
}

function labelRows(found: readonly LabelStatistics[]): readonly (readonly string[])[] {
  const head = ['label', 'count', 'size', 'min', 'max', 'mean', 'sigma', 'sum', 'bounds', 'centroid']
  const lines = found.map((one) => [
    ...[one.label, one.count, one.physicalSize, one.min, one.max, one.mean, one.sigma, one.sum].map(
      showNumber,
    ),
    one.bounds.map(([first, last]) => `${first}:${last + 1}`).join(','),
    one.centroid.map((index) => index.toFixed(1)).join(', '),
  ])
  return [head, ...lines]
}
