import * as assert from 'node:assert/strict'
import { borders, Volume, type VolumeToken } from '../../ts/index.ts'
import {
  type ModelType,
  modelAlone,
  modelCopy,
  modelCopyFrom,
  modelEach,
  modelFillMargin,
  modelFlip,
  modelPermute,
  modelSet,
  modelTurn,
  modelView,
} from './model-volume.ts'
import { refusal } from './refusal.ts'
import { type Member, newMemory, type VolumeChain } from './volume-chain.ts'

type Step = (chain: VolumeChain, member: Member) => void | Promise<void>

// Stays within every element type, however often it is applied.
const bump = (value: number) => (value > 100 ? value - 7 : value + 7)

function shuffled(chain: VolumeChain, count: number): number[] {
  const items = Array.from({ length: count }, (_, k) => k)
  for (let k = count - 1; k > 0; k--) {
    const other = chain.random(0, k)
    ;[items[k], items[other]] = [items[other], items[k]]
  }
  return items
}

function randomCode(chain: VolumeChain, rank: number): string {
  const letters = ['LR', 'PA', 'IS', 'Tt'].slice(0, rank).map((pair) => pair[chain.random(0, 1)])
  return shuffled(chain, rank)
    .map((k) => letters[k])
    .join('')
}

function randomRegion(chain: VolumeChain, shape: readonly number[]) {
  const start = shape.map((length) => chain.random(0, Math.min(2, length - 1)))
  return {
    start,
    shape: shape.map((length, axis) =>
      chain.random(Math.max(1, length - start[axis] - 2), length - start[axis]),
    ),
  }
}

const views: Readonly<Record<string, Step>> = {
  view: (chain, { volume, model, memory }) => {
    const { start, shape } = randomRegion(chain, model.shape)
    const made = chain.random(0, 1) ? volume.view({ start, shape }) : volume.crop({ start, shape })
    chain.add(made, modelView(model, start, shape), memory)
  },
  flip: (chain, { volume, model, memory }) => {
    const axes = shuffled(chain, volume.rank).slice(0, chain.random(0, volume.rank))
    chain.add(volume.flip(axes), modelFlip(model, axes), memory)
  },
  permute: (chain, { volume, model, memory }) => {
    const axes = shuffled(chain, volume.rank)
    chain.add(volume.permute(axes), modelPermute(model, axes), memory)
  },
  turn: (chain, { volume, model, memory }) => {
    const code = randomCode(chain, volume.rank)
    chain.add(volume.flipToOrientation(code), modelTurn(model, code), memory)
  },
  'view too far': (_, { volume }) => {
    const start = volume.shape.map((length) => length - 1)
    const shape = volume.shape.map(() => 2)
    assert.throws(() => volume.view({ start, shape }), refusal('OutOfBounds'))
  },
  'index too far': (chain, { volume, model }) => {
    const index = chain.index(model)
    const axis = chain.random(0, volume.rank - 1)
    index[axis] = chain.random(0, 1) ? -model.start[axis] - 1 : model.outer[axis] - model.start[axis]
    assert.throws(() => volume.get(...index), refusal('OutOfBounds'))
  },
}

const writes: Readonly<Record<string, Step>> = {
  set: (chain, { volume, model }) => {
    const index = chain.index(model, true)
    const value = chain.random(0, 200)
    volume.set(value, ...index)
    modelSet(model, index, value)
  },
  fill: async (chain, { volume, model }) => {
    const value = chain.random(0, 200)
    await volume.fill(value)
    modelEach(model, () => value)
  },
  fillMargin: async (chain, { volume, model }) => {
    const mode = chain.pick(borders)
    await volume.fillMargin(mode, mode === 'constant' ? 9 : undefined)
    modelFillMargin(model, mode, 9)
  },
  lines: (chain, { volume, model, memory }) => {
    const options = chain.random(0, 1) ? { axis: chain.random(0, volume.rank - 1) } : {}
    volume.forEachLine(({ data, first, length, stride }) => {
      for (let i = 0; i < length; i++) data[first + i * stride] = bump(Number(data[first + i * stride]))
    }, options)
    memory.isExported = true
    modelEach(model, bump)
  },
  data: (_, { volume, model, memory }) => {
    if (!volume.isDense) return void assert.throws(() => volume.data, refusal('Unsupported'))
    assert.equal(volume.data.length, volume.size)
    volume.data.forEach((value, k) => {
      volume.data[k] = bump(Number(value))
    })
    memory.isExported = true
    modelEach(model, bump)
  },
  array: (chain, { volume, model, memory }) => {
    const array = volume.array()
    memory.isExported = true
    chain.held.push({ array, model: modelAlone(model), memory })
  },
  copyFrom: async (chain, { volume, model }) => {
    const other = chain.pick(chain.members)
    const at = volume.shape.map((length) => chain.random(-2, length - 1))
    await volume.copyFrom(other.volume, at)
    modelCopyFrom(model, other.model, at)
  },
}

const copies: Readonly<Record<string, Step>> = {
  copy: async (chain, { volume, model }) => {
    const dtype = chain.pick<ModelType>(['uint8', 'int16', 'float32', model.dtype])
    const layout = chain.random(0, 1) ? { layout: randomCode(chain, volume.rank) } : {}
    chain.add(await volume.copy({ dtype, ...layout }), modelCopy(model, dtype), newMemory())
  },
  'turn with layout': async (chain, { volume, model }) => {
    const [code, layout] = [randomCode(chain, volume.rank), randomCode(chain, volume.rank)]
    const made = await volume.flipToOrientation(code, { layout })
    assert.equal(made.memoryOrientation.length, volume.rank)
    chain.add(made, modelCopy(modelTurn(model, code)), newMemory())
  },
  'copy while it is disposed': async (chain, member) => {
    const copying = member.volume.copy()
    member.volume.dispose()
    const made = await copying
    chain.add(made, modelCopy(member.model), newMemory())
    chain.dispose(member)
  },
  snapshot: (chain, { volume, model, memory }) =>
    chain.add(volume.snapshot(), modelCopy(model), newMemory(memory)),
  edit: (chain, member) => {
    const { volume, model, memory } = member
    const isHeld = chain.held.some((held) => held.memory === memory)
    const isShared = memory.isWrapped || memory.owners > 1 || memory.handles + memory.snapshots > 0 || isHeld
    const edited = volume.edit((data) => {
      data.forEach((value, k) => {
        data[k] = bump(Number(value))
      })
    })
    if (isShared || !volume.isDense) assert.notEqual(edited, volume, 'edited in place though shared')
    else if (!memory.isExported && !memory.isUncertain) assert.equal(edited, volume, 'copied though unshared')
    if (edited === volume) return modelEach(model, bump)
    const copy = modelCopy(model)
    modelEach(copy, bump)
    chain.add(edited, copy, newMemory())
  },
}

const together: Readonly<Record<string, Step>> = {
  'snapshot and edit': async (chain, member) => {
    await copies['snapshot']?.(chain, member)
    await copies['edit']?.(chain, member)
  },
}

const owners: Readonly<Record<string, Step>> = {
  handle: (chain, { volume, model, memory }) => {
    if (memory.isWrapped) return void assert.throws(() => volume.handle(), refusal('Unsupported'))
    chain.handles.push({ handle: volume.handle(), model: modelAlone(model), memory })
    memory.handles++
  },
  'open a handle': (chain) => {
    if (chain.handles.length === 0) return
    const each = chain.pick(chain.handles)
    const close = chain.random(0, 1) === 1
    const token = structuredClone(each.handle) as VolumeToken
    chain.add(Volume.fromHandle(token, { close }), each.model, each.memory)
    if (!close) return
    chain.handles.splice(chain.handles.indexOf(each), 1)
    each.memory.handles--
    assert.throws(() => Volume.fromHandle(token), refusal('Disposed'))
  },
  dispose: (chain, member) => {
    chain.dispose(member)
    assert.throws(() => member.volume.data, refusal('Disposed'))
    assert.throws(() => member.volume.view({}), refusal('Disposed'))
  },
  drop: (chain, member) => chain.drop(member),
}

/** What may happen to a volume of a chain, by name. */
export const chainSteps: Readonly<Record<string, Step>> = {
  ...views,
  ...writes,
  ...copies,
  ...together,
  ...owners,
}
