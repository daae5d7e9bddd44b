import { concurrency, type DType, Volume } from 'voxline'
import type { Options } from './options.ts'
import type { Question } from './question.ts'
import { canBuildNative, type NativeTime, type NativeWay, nativeTimes } from './support/native-ways.ts'
import { type Section, short, type Table, times, verdict } from './support/report.ts'
import { type ScriptWays, scriptWays } from './support/script-ways.ts'
import { median, milliseconds, takeTurns } from './support/timing.ts'

const dtypes = ['uint8', 'int16', 'float32'] as const
// All of it, for every element type, fits the second-level cache: the walk is measured, not the memory.
const small = [64, 64, 32]

type Titled = { readonly title?: string; readonly rows: Table }

function filled<D extends DType>(shape: readonly number[], dtype: D): Volume<D> {
  const volume = Volume.create({ shape, dtype })
  volume.data.fill(1 as never)
  return volume
}

function viewsOf(volume: Volume): ReadonlyMap<string, Volume> {
  const half = volume.shape.map((length) => length >> 1)
  return new Map([
    ['dense', volume],
    ['half-size view', volume.view({ start: half.map((length) => length >> 1), shape: half })],
    ['flipped to ASR', volume.flipToOrientation('ASR')],
  ])
}

const speed = (voxels: number, ms: number) => voxels / ms / 1000

function nativeRows(measured: readonly NativeTime[]): Table {
  const speedOf = (dtype: string, view: string, way: NativeWay) => {
    const found = measured.find((one) => one.dtype === dtype && one.view === view && one.way === way)
    return found ? speed(found.voxels, found.nanoseconds / 1e6) : Number.NaN
  }
  const views = [...new Set(measured.map(({ view }) => view))]
  return dtypes.flatMap((dtype) =>
    views.map((view) => {
      const [pointers, lines, iterator] = (['pointers', 'lines', 'iterator'] as const).map((way) =>
        speedOf(dtype, view, way),
      ) as [number, number, number]
      const flipped = view.startsWith('flipped')
      const dense = speedOf(dtype, 'dense', 'lines')
      const bars = flipped
        ? [verdict('≥ dense / 1.3', lines >= dense / 1.3)]
        : [
            verdict('≥ 10× iterator', lines >= 10 * iterator),
            verdict('≥ 0.9× pointers', lines >= 0.9 * pointers),
          ]
      return [
        dtype,
        view,
        ...[pointers, lines].map(short),
        times(lines / pointers),
        short(iterator),
        times(lines / iterator),
        bars.join('; '),
      ]
    }),
  )
}

function nativeTables({ size, budget }: Options): readonly Titled[] {
  if (!canBuildNative()) {
    console.log('skipped: native ways of iteration: cmake is not installed')
    return []
  }
  const head = ['dtype', 'view', 'pointers', 'lines', 'ratio', 'iterator', 'ratio', 'bar']
  return [small, [size, size, size >> 1]].map((shape) => ({
    title: `C++, ${shape.join(' × ')}, Mvoxel/s of processor time`,
    rows: [head, ...nativeRows(nativeTimes(shape, budget / 30))],
  }))
}

const scriptNames: readonly (keyof ScriptWays)[] = [
  'loop',
  'lines',
  'constant',
  'forEachLine',
  'data',
  'getSet',
]

async function scriptTable({ size, budget }: Options): Promise<Titled> {
  const shape = [size, size, size >> 1]
  const rows: string[][] = []
  for (const dtype of dtypes)
    for (const [name, view] of viewsOf(filled(shape, dtype) as unknown as Volume)) {
      const ways = scriptWays(view)
      const turns = scriptNames.map((way) => () => milliseconds(ways[way]))
      // The first turns are spent on compiling.
      const taken = await takeTurns(turns, { budget: budget / 10, least: 5 })
      const [loop, ...others] = taken.map((all) => speed(view.size, median(all.slice(2)))) as [
        number,
        ...number[],
      ]
      const bar = verdict('lines() ≥ loop / 1.3', (others[0] as number) >= loop / 1.3)
      rows.push([dtype, name, ...[loop, ...others].map(short), bar])
    }
  const head = [
    'dtype',
    'view',
    'typed-array loop',
    'lines()',
    'loop, constant array',
    'forEachLine',
    'line.data',
    'get and set',
    'bar',
  ]
  return { title: `TypeScript, ${shape.join(' × ')}, Mvoxel/s`, rows: [head, ...rows] }
}

function layoutsOf(volume: Volume): ReadonlyMap<string, Volume> {
  return new Map([
    ['copy', volume],
    ['flip to ASR, layout ASR', volume.flipToOrientation('ASR')],
    ['permute yxz', volume.permute([1, 0, 2])],
    ['permute zyx', volume.permute([2, 1, 0])],
  ])
}

async function layoutTable({ size, budget, threads }: Options): Promise<Titled> {
  const shape = [size, size, size >> 1]
  const rows: string[][] = []
  const before = concurrency()
  for (const count of threads) {
    concurrency(count)
    for (const dtype of dtypes) {
      const volume = filled(shape, dtype) as unknown as Volume
      for (const [name, from] of layoutsOf(volume)) {
        const into = await from.copy()
        const fresh = async () => (await from.copy()).dispose()
        const turns = [() => milliseconds(() => into.copyFrom(from)), () => milliseconds(fresh)]
        const taken = await takeTurns(turns, { budget: budget / 20 })
        const [reused, made] = taken.map((all) => speed(from.size, median(all))) as [number, number]
        const isJudged = dtype === 'int16' && count === 2 && name !== 'copy'
        const bar = isJudged ? verdict('reused ≥ 1000', reused >= 1000) : ''
        rows.push([name, dtype, String(count), short(reused), short(made), bar])
        into.dispose()
      }
      volume.dispose()
    }
  }
  concurrency(before)
  const head = ['re-layout', 'dtype', 'threads', 'reused memory', 'fresh memory', 'bar']
  return { title: `Copies to another memory order, ${shape.join(' × ')}, Mvoxel/s`, rows: [head, ...rows] }
}

async function ask(options: Options): Promise<Section> {
  return {
    paragraphs: [
      'Adding 1 to every voxel in place. *Pointers* and *typed-array loop* are what somebody writes who knows how the memory lies; *iterator* keeps a position and an index per axis and carries after every voxel; *lines* is `native/volume/lines.h`. The C++ ways are built with -O3 for this processor. *Loop, constant array* is the same over an array known when the code is compiled, whose address and length the compiler then need not read. *line.data* takes a typed array per line, *lines()* and *forEachLine* use `line.array`.',
    ],
    tables: [...nativeTables(options), await scriptTable(options), await layoutTable(options)],
  }
}

export const iteration: Question = {
  name: 'iteration',
  title: 'Visiting voxels and changing their order',
  ask,
}
