import type { NativeView } from '../native/addon.ts'
import type { Region } from '../volume/region.ts'
import type { Patch, Regional, StridedMap } from './regional.ts'
import type { OpenSource } from './source.ts'
import type { SourceStorage } from './storage.ts'

/** A step that only moves voxels, as the map says. */
export function movingVoxels(moves: StridedMap): Regional {
  return {
    moves,
    needs: (region) => [regionBefore(moves, region)],
    generate: async ({ region, inputs: [input], output, tools }) => {
      if (input) await tools.copy(seenThrough(moves, region, input), output)
    },
  }
}

/** What a region of the output is made of. */
export function regionBefore({ axes, starts, steps }: StridedMap, { start, shape }: Region): Region {
  const first = new Array<number>(axes.length).fill(0)
  const lengths = new Array<number>(axes.length).fill(1)
  axes.forEach((axis, k) => {
    const step = steps[k] as number
    const a = (starts[k] as number) + step * (start[k] as number)
    const b = a + step * ((shape[k] as number) - 1)
    first[axis] = Math.min(a, b)
    lengths[axis] = Math.abs(b - a) + 1
  })
  return { start: first, shape: lengths }
}

// The input's voxels under a region of the output, in the output's axes. An axis of components stays.
function seenThrough({ axes, starts, steps }: StridedMap, region: Region, { view, start }: Patch): Patch {
  const rank = axes.length
  let { offset } = view
  const strides = axes.map((axis, k) => {
    const stride = view.strides[axis] as number
    const index = (starts[k] as number) + (steps[k] as number) * (region.start[k] as number)
    offset += (index - (start[axis] as number)) * stride
    return stride * (steps[k] as number)
  })
  const moved: NativeView = {
    ...view,
    offset,
    shape: [...region.shape, ...view.shape.slice(rank)],
    strides: [...strides, ...view.strides.slice(rank)],
  }
  return { view: moved, start: moved.shape.map(() => 0), extent: moved.shape }
}

/** A source seen through a map: no voxel is touched. */
export function movedSource(source: OpenSource, moves: StridedMap, info: OpenSource['info']): OpenSource {
  const strides = moves.axes.map((axis, k) => (source.strides[axis] as number) * (moves.steps[k] as number))
  return { ...source, info, strides, storage: movedStorage(source.storage, moves) }
}

function movedStorage(storage: SourceStorage, { axes, starts, steps }: StridedMap): SourceStorage {
  const own = (axis: number) => storage.strides[axis] as number
  const shift = axes.reduce((sum, axis, k) => sum + (starts[k] as number) * own(axis), 0)
  const moved = axes.map((axis, k) => own(axis) * (steps[k] as number))
  const strides = [...moved, ...storage.strides.slice(axes.length)]
  if (storage.kind === 'view') return { ...storage, strides, offset: storage.offset + shift }
  return storage.kind === 'file' ? { ...storage, strides, start: storage.start + shift } : storage
}
