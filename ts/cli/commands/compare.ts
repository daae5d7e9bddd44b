import { Volume } from '../../index.ts'
import { defineCommand, type Io } from '../command.ts'
import { compareVoxels, gridDistance } from '../compare-volumes.ts'
import { flag } from '../flags.ts'
import { jsonFlag } from '../run-flags.ts'
import { showJson, showNumber, showShape } from '../show.ts'
import { UsageError } from '../usage-error.ts'

/** Grids further apart than this part of the smallest spacing are different. */
const gridTolerance = 1e-3

export const compare = defineCommand({
  name: 'compare',
  summary:
    'Compare two volumes: shape, values whatever their element types, affine; exit code 1 where they differ.',
  arguments: [
    { name: 'A', doc: 'A volume.' },
    { name: 'B', doc: 'Another.' },
  ],
  flags: {
    tolerance: flag.number('NUMBER', 'Greatest difference between values that counts as none; 0 by default.'),
    ...jsonFlag,
  },
  notes: [
    'Both volumes are read into memory and indexed in LPI, so the order on disk does not matter. NaN equals NaN. Affines are the ' +
      `same where no corner voxel is further from its counterpart than ${gridTolerance} of the smallest spacing.`,
  ],
  run: async ({ words, flags, io }) => {
    const [pathA, pathB] = words as readonly [string, string]
    const { tolerance = 0 } = flags
    if (tolerance < 0) throw new UsageError(`--tolerance must be at least 0, received ${tolerance}`)
    using a = await Volume.read(pathA, { signal: io.signal })
    using b = await Volume.read(pathB, { signal: io.signal })
    const found = differences(a, b, tolerance)
    const lines = found.shape
      ? [found.shape.text]
      : [found.voxels?.text, found.affine?.text].filter((text) => text !== undefined)
    if (flags.json) io.write(showJson({ equal: lines.length === 0, tolerance, ...found }))
    else report(io, flags.quiet, lines)
    return lines.length === 0 ? 0 : 1
  },
})

function report(io: Io, quiet: true | undefined, lines: readonly string[]): void {
  for (const line of lines) io.write(`${line}\n`)
  if (lines.length === 0 && !quiet) io.write('equal\n')
}

function differences(a: Volume, b: Volume, tolerance: number) {
  const kind = (volume: Volume) =>
    showShape(volume.shape) + (volume.components > 1 ? `, ${volume.components} components` : '')
  const same = a.components === b.components && a.shape.join() === b.shape.join()
  if (!same) return { shape: { a: a.shape, b: b.shape, text: `shapes differ: ${kind(a)} and ${kind(b)}` } }
  const voxels = compareVoxels(a, b, tolerance)
  const { count, total, worst, at } = voxels
  const apart = gridDistance(a, b)
  const limit = gridTolerance * Math.min(...a.spacing.slice(0, 3))
  const values = `values differ: ${count} of ${total} by more than ${showNumber(tolerance)}, at most ${showNumber(worst)} at voxel ${at?.join(' ')}`
  return {
    voxels: { ...voxels, ...(count > 0 && { text: values }) },
    affine: {
      distance: apart,
      ...(apart > limit && { text: `affines differ: corner voxels are up to ${showNumber(apart)} mm apart` }),
    },
  }
}
