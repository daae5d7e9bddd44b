import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { sameNumbers } from '../core/shape.ts'
import { composeMaps } from '../geometry/index-map.ts'
import { OwnHeader } from '../volume/internals.ts'
import { CustomSource, describeSource, readingSource } from './custom-source.ts'
import { type AnyStep, type BoundStep, type OperandInfos, without } from './define-filter.ts'
import { type Bound, type BoundNode, bindFlow, type Definition, operandFlow } from './flow.ts'
import { type Drop, type Info, outputOf } from './info.ts'
import { keepingVoxels } from './keeping.ts'
import type { KeptData } from './kept-data.ts'
import { movedSource, movingVoxels } from './moved-voxels.ts'
import { nodesBelow, type Prepared, type PreparedNode, type RegionalNode, type Target } from './prepared.ts'
import type { Place } from './queue.ts'
import type { AnyRegional, StridedMap } from './regional.ts'
import { alignment, type GridTolerance, isStill } from './same-grid.ts'
import { type OpenSource, openSource, unscaled } from './source.ts'
import { isStep, type Part } from './stage.ts'

/** How a pipeline is prepared. */
export interface PreparingOptions {
  /** Leaves values as stored, without slope and intercept, where steps only move voxels. */
  readonly asStored?: boolean
  readonly signal?: AbortSignal | undefined
  /** Where a run stands that prepares: a user's code may wait for others. */
  readonly place?: Pick<Place, 'aside' | 'leave'>
}

const nowhere: Pick<Place, 'aside' | 'leave'> = { aside: (work) => work(), leave: () => {} }

/** The information pass: opens sources, reads their headers, and lets every step say what it makes of its inputs. */
export async function prepare(
  definition: Definition,
  { asStored = false, signal, place = nowhere }: PreparingOptions = {},
): Promise<Prepared> {
  const { outputs } = definition
  const work = new Preparing(asStored && outputs.every(movesOnly), signal, place.aside)
  try {
    const nodes: PreparedNode[] = []
    for (const output of outputs) nodes.push(await work.node(output))
    return work.prepared(gathered(nodes, definition))
  } catch (error) {
    place.leave()
    await closeAll(work.closers).catch(() => {})
    throw error
  }
}

async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers) await close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

// Outputs of several pipelines lie on one grid: passes go through them together.
function gathered(nodes: readonly PreparedNode[], { names }: Definition): Target {
  const [first, ...others] = nodes as readonly [PreparedNode, ...PreparedNode[]]
  if (others.length === 0) return first
  const { shape, components } = first.info
  nodes.forEach(({ info }, k) => {
    if (sameNumbers(info.shape, shape) && info.components === components) return
    const shown = (one: Pick<Info, 'shape' | 'components'>) => `[${one.shape}] × ${one.components}`
    throw new VoxlineError(
      'ShapeMismatch',
      `together.${names[k]} must be of ${shown(first.info)} voxels as ${names[0]} is, received ${shown(info)}`,
      { argument: `together.${names[k]}`, expected: { shape, components }, received: info.shape },
    )
  })
  const { info, strides, origin } = first
  const stamp = nodes.flatMap((node) => node.stamp)
  return { kind: 'gathered', outputs: nodes, info, strides, origin, label: 'together', stamp }
}

function movesOnly(bound: Bound): boolean {
  if (bound.kind === 'source') return true
  return bound.step.metadata === 'moved' && bound.operands.size === 0 && movesOnly(bound.input)
}

class Preparing {
  readonly closers: (() => Promise<void>)[] = []
  readonly #known = new Map<Bound, Promise<PreparedNode>>()
  readonly #infos = new Map<AnyStep | CustomSource, Info>()
  readonly #drops: Drop[] = []
  readonly #asStored: boolean
  readonly #signal: AbortSignal | undefined
  readonly #aside: Place['aside']
  #measures = false

  constructor(asStored: boolean, signal: AbortSignal | undefined, aside: Place['aside']) {
    this.#asStored = asStored
    this.#signal = signal
    this.#aside = aside
  }

  prepared(target: Target): Prepared {
    const facts = { infos: this.#infos, drops: this.#drops, measures: this.#measures }
    return { target, ...facts, close: () => closeAll(this.closers) }
  }

  node(bound: Bound): Promise<PreparedNode> {
    const known = this.#known.get(bound) ?? this.#node(bound)
    this.#known.set(bound, known)
    return known
  }

  async #node(bound: Bound): Promise<PreparedNode> {
    if (bound.kind === 'source') {
      if (bound.source instanceof CustomSource) return await this.#custom(bound.source)
      const opened = await openSource(bound.source)
      this.closers.push(opened.close)
      return sourceNode(this.#asStored ? unscaled(opened) : opened)
    }
    const input = await this.node(bound.input)
    const operands = new Map<string, PreparedNode>()
    for (const [name, one] of bound.operands) operands.set(name, await this.node(one))
    const node = await this.#step(bound.step, input, this.#aligned(bound, input, operands))
    // What a step measures is not kept: it is no voxels.
    return bound.kept && !bound.step.measure ? this.#kept(bound.kept, node) : node
  }

  async #custom(source: CustomSource): Promise<PreparedNode> {
    const { name, close } = source.declaration
    const info = await this.#aside(async () => {
      const described = await describeSource(source, this.#signal)
      if (close) this.closers.push(async () => await close())
      return described
    })
    this.#infos.set(source, info)
    const strides = info.shape.map((_, axis) => axis + 1)
    const origin = { storage: null, warnings: [], header: new OwnHeader(info.header, info) }
    const facts = { info, strides, origin, label: name, stamp: [source, factsText(info)] }
    return { kind: 'regional', watched: source, regional: readingSource(source, info), inputs: [], ...facts }
  }

  // What a step makes is kept behind it; a node that only sees its source through a map costs nothing to see again.
  #kept(data: KeptData, node: PreparedNode): PreparedNode {
    if (node.kind === 'source') return node
    const { info, strides, origin, label, stamp } = node
    const voxels = data.open(info, [...stamp, factsText(info)])
    this.closers.push(async () => voxels.release())
    const facts = { info, strides, origin, label, stamp }
    const inputs = voxels.isComplete ? [] : [node]
    return { kind: 'regional', watched: null, regional: keepingVoxels(voxels), inputs, ...facts }
  }

  // Operands on the input's grid are seen in its orientation and with its components.
  #aligned({ step }: BoundNode, input: PreparedNode, operands: ReadonlyMap<string, PreparedNode>) {
    const grids = { ...tolerancesOf(step), joinedAxis: step.joinedAxis?.(input.info) }
    const settled = [...operands].map(([name, node]) => {
      if (step.ownGrids.includes(name)) return [name, node] as const
      const moves = alignment(input.info, node.info, `${step.name}.${name}`, grids)
      return [name, isStill(moves) ? node : moved(node, moves)] as const
    })
    return new Map(settled)
  }

  async #step(
    step: BoundStep,
    input: PreparedNode,
    operands: ReadonlyMap<string, PreparedNode>,
  ): Promise<PreparedNode> {
    const infos: OperandInfos = new Map([...operands].map(([name, { info }]) => [name, info]))
    const parts = step.measure ? [] : step.stages(input.info, infos)
    if (parts.some(needsNodes)) return await this.#composite(step, parts, input, infos)
    const info = outputOf(step, input.info, this.#drops, infos)
    const { strides, origin } = input
    const stamp = [
      step.step,
      step.version,
      ...input.stamp,
      ...[...operands].flatMap(([name, node]) =>
        step.gridsOnly.includes(name) ? factsText(node.info) : node.stamp,
      ),
    ]
    const facts = { info, strides, origin, label: step.name, stamp }
    let node: PreparedNode
    if (step.regional) {
      const regional = step.regional(input.info, infos)
      const inputs = [input, ...without(operands, step.gridsOnly)]
      node = regional.moves
        ? moved(input, regional.moves, { watched: step.step, info, label: step.name, stamp })
        : { kind: 'regional', watched: step.step, regional, inputs, ...facts, ...elsewhere(input, info) }
    } else {
      // What a measure would refuse is refused now.
      step.measure?.(input.info, infos)
      this.#measures ||= step.measure !== undefined
      node = { kind: 'fused', step, input, operands, ...facts }
    }
    this.#infos.set(step.step, info)
    return node
  }

  // A composite of steps that make regions by themselves or have inputs of their own is written out.
  async #composite(
    step: BoundStep,
    parts: readonly Part[],
    input: PreparedNode,
    infos: OperandInfos,
  ): Promise<PreparedNode> {
    let made = input
    for (const part of parts) {
      if (!isStep(part))
        throw new VoxlineError(
          'Filter',
          `${step.name}: stages beside steps that make regions must be steps too`,
          {
            filter: step.name,
          },
        )
      made = await this.#part(part.bind(), made)
    }
    const info = outputOf(step, input.info, this.#drops, infos, made.info)
    this.#infos.set(step.step, info)
    return { ...made, info, label: step.name }
  }

  async #part(step: BoundStep, input: PreparedNode): Promise<PreparedNode> {
    const operands = new Map<string, PreparedNode>()
    for (const [name, given] of step.operands)
      operands.set(name, await this.node(bindFlow(operandFlow(given))))
    const node: Pick<BoundNode, 'step'> = { step }
    return await this.#step(step, input, this.#aligned(node as BoundNode, input, operands))
  }
}

function needsNodes(part: Part): boolean {
  if (!isStep(part)) return false
  const step = part.bind()
  return step.regional !== undefined || step.operands.size > 0
}

function tolerancesOf({ step }: BoundStep): GridTolerance {
  const { tolerance = 1e-3, geometry } = step.options as { tolerance?: number; geometry?: string }
  return { tolerance, ignoreGeometry: geometry === 'ignore' }
}

function factsText({ shape, dtype, components, geometry }: Info): string {
  return JSON.stringify([shape, dtype, components, geometry.affine, geometry.spacing])
}

function sourceNode(source: OpenSource): PreparedNode {
  const { info, strides, origin, label, stamp } = source
  return { kind: 'source', source, info, strides, origin, label, stamp }
}

// Voxels on another grid keep the order of axes in memory where there are as many, and belong to no file.
function elsewhere(input: PreparedNode, info: Info): Pick<PreparedNode, 'strides' | 'origin'> {
  const sameRank = info.shape.length === input.info.shape.length
  const onGrid = info.geometry === input.info.geometry
  const strides = sameRank ? input.strides : info.shape.map((_, axis) => axis + 1)
  return { strides, origin: onGrid ? input.origin : { ...input.origin, storage: null } }
}

type MovedAs = Pick<RegionalNode, 'watched' | 'info' | 'label' | 'stamp'>

// A source is seen through the map; what is computed is moved after it.
function moved(input: PreparedNode, moves: StridedMap, as?: MovedAs): PreparedNode {
  const info = as?.info ?? movedInfo(input.info, moves)
  const strides = moves.axes.map((axis, k) => (input.strides[axis] as number) * (moves.steps[k] as number))
  const origin = { ...input.origin, storage: movedStorageOrigin(input.origin.storage, moves) }
  const { watched = null, label = input.label, stamp = [...input.stamp, JSON.stringify(moves)] } = as ?? {}
  if (input.kind === 'source') {
    const source = movedSource({ ...input.source, origin }, moves, info)
    return { kind: 'source', source, info, strides, origin, label: input.label, stamp }
  }
  const regional: AnyRegional = movingVoxels(moves)
  return { kind: 'regional', watched, regional, inputs: [input], info, strides, origin, label, stamp }
}

function movedInfo(info: Info, { axes, starts, steps }: StridedMap): Info {
  const shape = axes.map((axis) => info.shape[axis] as number)
  return { ...info, shape, geometry: info.geometry.moved({ axes, signs: steps, starts }) }
}

function movedStorageOrigin(storage: OpenSource['origin']['storage'], { axes, starts, steps }: StridedMap) {
  if (storage === null || steps.some((step) => Math.abs(step) !== 1)) return null
  return { ...storage, map: composeMaps(storage.map, { axes, starts, signs: steps }) }
}

/** Throws `InvalidArgument` unless only the last step measures. */
export function checkOrder(steps: readonly AnyStep[]): void {
  steps.forEach((step, k) => {
    if (!step.filter.measures || k === steps.length - 1) return
    throw invalidArgument(
      `steps[${k}]`,
      'a step that makes a volume, since others follow it',
      step.filter.name,
    )
  })
}

/** Bytes in memory that a run reads: those of volumes. */
export function volumesOf(target: Target): readonly OpenSource[] {
  return nodesBelow(target).flatMap((node) =>
    node.kind === 'source' && node.source.allocation ? [node.source] : [],
  )
}
