import { type FileFacts, fromFile, type Info, pipe, probeFile } from '../../index.ts'
import { defineCommand } from '../command.ts'
import { spatialAxes } from '../display.ts'
import { flag } from '../flags.ts'
import { jsonFlag } from '../run-flags.ts'
import { showBytes, showJson, showMatrix, showNumber, showShape, showTable, showText } from '../show.ts'

export const info = defineCommand({
  name: 'info',
  summary: 'Print what a file says: shape, element type, geometry, the three orientations, header, warnings.',
  arguments: [{ name: 'FILE', doc: 'The volume; its header alone is read.' }],
  flags: {
    orientation: flag.text('CODE', 'Orientation of the indices: LPI by default, or storage.'),
    ...jsonFlag,
  },
  notes: ['Letters name where an axis points to as its index grows. Positions are RAS millimetres.'],
  run: async ({ words, flags, io }) => {
    const [path] = words as readonly [string]
    const { orientation } = flags
    const facts = await probeFile(path)
    const indexed = await pipe(fromFile(path, orientation === undefined ? {} : { orientation })).info()
    const stored = await pipe(fromFile(path, { orientation: 'storage' })).info()
    const shown = describe(facts, indexed, stored.geometry.orientation)
    io.write(flags.json ? showJson(shown) : text(shown))
    return 0
  },
})

type Shown = ReturnType<typeof describe>

function describe(facts: FileFacts, { shape, dtype, components, geometry, header }: Info, storage: string) {
  const { format, path, voxels, scaling, warnings, regionCost, fileBytes } = facts
  const { original: _, ...fields } = header
  return {
    path,
    format,
    shape,
    dtype,
    components,
    spacing: geometry.spacing,
    origin: geometry.origin,
    affine: geometry.affine,
    // Reading keeps the voxels in the file's order unless asked otherwise.
    orientation: { indices: geometry.orientation, memory: storage, storage },
    storage: {
      path: voxels.path,
      bytes: fileBytes,
      dtype: voxels.dtype,
      shape: voxels.shape,
      offset: voxels.offset,
      compression: voxels.compression,
      byteOrder: voxels.bigEndian ? 'big' : 'little',
      scaling,
      regionCost,
    },
    header: fields,
    warnings,
  }
}

const costs = {
  region: 'its own bytes',
  span: 'the stretch of the stream that holds it',
  whole: 'the whole file',
} as const

function text(shown: Shown): string {
  const {
    path,
    format,
    shape,
    dtype,
    components,
    spacing,
    origin,
    affine,
    orientation,
    storage,
    header,
    warnings,
  } = shown
  const { scaling } = storage
  const compression = storage.compression === 'none' ? 'not compressed' : storage.compression
  const rows = [
    ['format', `${format}, ${compression}, ${storage.byteOrder}-endian, voxels from byte ${storage.offset}`],
    ['shape', showShape(shape) + (components > 1 ? `, ${components} components` : '')],
    [
      'dtype',
      scaling
        ? `${dtype}: ${storage.dtype} as stored · ${showNumber(scaling.slope)} + ${showNumber(scaling.intercept)}`
        : dtype,
    ],
    ['spacing', showSpacing(spacing, orientation.indices)],
    ['origin', `${origin.map(showNumber).join('  ')} mm`],
    [
      'orientation',
      `${orientation.indices} indices, ${orientation.memory} memory, ${orientation.storage} storage`,
    ],
    ...showMatrix(affine).map((line, k) => [k === 0 ? 'affine' : '', line]),
    ['voxels', `${showBytes(storage.bytes)} in ${storage.path}`],
    ['a region', `costs ${costs[storage.regionCost]}`],
    ...Object.entries(header).flatMap(([field, value]) => headerRow(field, value)),
    ...warnings.map((warning) => ['warning', warning]),
  ]
  return `${path}\n${showTable(
    (rows as string[][]).map((row) => row.map(showText)),
    '  ',
  )}`
}

// Axes beyond the spatial ones have units of their own.
function showSpacing(spacing: readonly number[], code: string): string {
  const axes = spatialAxes(code)
  const spatial = axes.map((axis) => showNumber(spacing[axis] as number)).join(' × ')
  const beyond = spacing.flatMap((step, axis) =>
    axes.includes(axis) ? [] : [`, ${showNumber(step)} along ${code[axis]}`],
  )
  return `${spatial} mm${beyond.join('')}`
}

function headerRow(field: string, value: unknown): string[][] {
  if (value === undefined || value === '') return []
  if (typeof value !== 'object' || value === null) return [[field, String(value)]]
  if (Array.isArray(value)) return value.length > 0 ? [[field, value.map(extension).join(', ')]] : []
  if ('affine' in value && 'code' in value) return [[field, `code ${value.code}`]]
  const parts = Object.entries(value).filter(([, part]) => part !== null && part !== '')
  return parts.length > 0
    ? [
        [
          field,
          parts.map(([key, part]) => `${key} ${Array.isArray(part) ? part.join(' ') : part}`).join(', '),
        ],
      ]
    : []
}

function extension({ code, bytes }: { readonly code: number; readonly bytes: Uint8Array }): string {
  return `code ${code} of ${bytes.length} bytes`
}
