// Maps files, cuts them short, and does something with each: prints what came of it.
import { existsSync, truncateSync, writeFileSync } from 'node:fs'
import { type MapMode, median, pipe, statistics, Volume, VoxlineError } from '../../../ts/index.ts'
import { niftiHeader } from '../../support/nifti-fixtures.ts'

const folder = process.argv[2] as string
const shape = [61, 47, 29] as const
const count = shape[0] * shape[1] * shape[2]

/** What happened: the codes of the errors, each with whether it names the file, or what the action gave. */
export type Outcome = string | number | boolean

type Action = (volume: Volume, path: string) => unknown | Promise<unknown>

const actions: Readonly<Record<string, Action>> = {
  get: (volume) => volume.get(60, 46, 28),
  dataLater: (volume) => {
    const { data } = volume
    truncateSync(pathOf(volume), kept)
    const last = Number(data[count - 1])
    return [last, tried(() => volume.data), tried(() => volume.get(60, 46, 28)), tried(() => volume.array())]
  },
  data: (volume) => volume.data,
  lines: (volume) => [...volume.lines()].map((line) => line.data[0]),
  viewLines: (volume) => [...volume.view({ start: [1, 1, 1] }).lines()].map((line) => line.data[0]),
  forEachLine: (volume) => volume.forEachLine((line) => line.data.slice()),
  reduceLines: (volume) => volume.reduceLines((sum, line) => sum + Number(line.data[0]), 0),
  copy: (volume) => volume.copy(),
  flip: (volume) => volume.flipToOrientation('ASR', { layout: 'ASR' }),
  equals: (volume) => volume.equals(volume.flip([0])),
  snapshot: (volume) => volume.snapshot(),
  compute: (volume) => pipe(volume, median()).compute(),
  statistics: (volume) => pipe(volume, statistics()).compute(),
  write: (volume, path) => volume.write(`${path}.out.nii`),
  tiles: async (volume) => {
    for await (const { volume: tile } of pipe(volume, median()).tiles()) tile.dispose()
  },
  fromHandle: (volume) => Volume.fromHandle(volume.handle()).get(60, 46, 28),
}
const writing: Readonly<Record<string, Action>> = {
  set: (volume) => volume.set(5, 60, 46, 28),
  fill: (volume) => volume.fill(7),
  copyFrom: (volume) => volume.copyFrom(Volume.create({ shape: [...shape], dtype: 'int16' })),
  into: (volume) => pipe(Volume.create({ shape: [...shape], dtype: 'int16' })).compute({ into: volume }),
  edit: (volume) => (volume as Volume<'int16'>).edit((data) => data.fill(3)),
}

const paths = new WeakMap<Volume, string>()
const pathOf = (volume: Volume) => paths.get(volume) as string
// Within a page, so that bytes are missing from pages that are there, too.
const kept = 352 + 4096 * 9 + 100

function shown(error: unknown, path: string): string {
  if (!(error instanceof VoxlineError)) return String(error)
  return error.details['path'] === path && error.message.includes(path)
    ? error.code
    : `${error.code} of no file`
}

function tried(act: () => unknown): Outcome {
  try {
    act()
    return 'nothing'
  } catch (error) {
    return error instanceof VoxlineError ? error.code : String(error)
  }
}

function mapped(name: string, mode: MapMode): [Volume, string] {
  const path = `${folder}/${name}.nii`
  const voxels = Buffer.alloc(2 * count, 1)
  writeFileSync(path, Buffer.concat([niftiHeader({ shape, datatype: 4, voxelOffset: 352 }), voxels]))
  const volume = Volume.map(path, { mode, orientation: 'storage' })
  paths.set(volume, path)
  return [volume, path]
}

const outcomes: Record<string, Outcome | readonly Outcome[]> = {}
for (const mode of ['r', 'c', 'r+'] as const)
  for (const [name, act] of Object.entries(mode === 'r' ? actions : { ...actions, ...writing })) {
    const [volume, path] = mapped(`${name}-${mode}`, mode)
    if (name !== 'dataLater') truncateSync(path, kept)
    try {
      const value = await act(volume, path)
      outcomes[`${name} ${mode}`] = name === 'dataLater' ? (value as Outcome[]) : 'nothing'
    } catch (error) {
      outcomes[`${name} ${mode}`] = shown(error, path)
    }
    if (name === 'write') outcomes[`written ${mode}`] = existsSync(`${path}.out.nii`)
    volume.dispose()
  }

/** Maps a file of zeros without blocks on the disk. */
function mappedZeros(name: string, zeros: readonly [number, number, number]): [Volume<'int16'>, string] {
  const path = `${folder}/${name}.nii`
  writeFileSync(path, niftiHeader({ shape: zeros, datatype: 4, voxelOffset: 352 }))
  truncateSync(path, 352 + 2 * zeros[0] * zeros[1] * zeros[2])
  return [Volume.map(path) as Volume<'int16'>, path]
}

// In the middle of work: one that takes far longer than a turn of the event loop.
const [busy, path] = mappedZeros('busy', [1024, 1024, 128])
const run = pipe(busy, median({ radius: 2 })).compute({ threads: 1 })
setImmediate(() => truncateSync(path, 352))
outcomes['mid-run'] = await run.then(
  () => 'nothing',
  (error) => shown(error, path),
)

// A snapshot whose file goes.
const [big, bigPath] = mappedZeros('big', [1024, 1024, 3])
const snapshot = big.snapshot()
truncateSync(bigPath, 352)
outcomes['snapshot later'] = await snapshot.copy().then(
  () => 'nothing',
  (error) => shown(error, bigPath),
)

// Another file's map is none the wiser.
const [other] = mapped('other', 'r')
outcomes['other'] = Number(other.get(60, 46, 28))
console.log(JSON.stringify(outcomes))
