import { invalidArgument, VoxlineError } from '../core/errors.ts'
import { composeMaps } from '../geometry/index-map.ts'
import type { AnyStep, BoundStep, OperandInfos } from './define-filter.ts'
import { type Bound, type BoundNode, bindFlow, operandFlow } from './flow.ts'
import { type Drop, type Info, outputOf } from './info.ts'
import { movedSource, movingVoxels } from './moved-voxels.ts'
import { type FusedNode, nodesBelow, type Prepared, type PreparedNode } from './prepared.ts'
import type { AnyRegional, StridedMap } from './regional.ts'
import { alignment, type GridTolerance, isStill } from './same-grid.ts'
import { type OpenSource, openSource, unscaled } from './source.ts'
import { isStep, type Part } from './stage.ts'

/**
 * The information pass: opens sources, reads their headers, and lets every step say what it makes of its inputs.
 *
 * `asStored` leaves values as stored, without slope and intercept, where steps only move voxels.
 */
export async function prepare(bound: Bound, asStored = false): Promise<Prepared> {
  const work = new Preparing(asStored && movesOnly(bound))
  try {
    return work.prepared(await work.node(bound))
  } catch (error) {
    await closeAll(work.sources)
    throw error
  }
}

/** Ends what was opened for a run. */
export async function closeAll(sources: readonly OpenSource[]): Promise<void> {
  for (const source of sources) await source.close()
}

function movesOnly(bound: Bound): boolean {
  if (bound.kind === 'source') return true
  return bound.step.metadata === 'moved' && bound.operands.size === 0 && movesOnly(bound.input)
}

class Preparing {
  readonly sources: OpenSource[] = []
  readonly #known = new Map<Bound, Promise<PreparedNode>>()
  readonly #infos = new Map<AnyStep, Info>()
  readonly #drops: Drop[] = []
  readonly #asStored: boolean
  #measures = false

  constructor(asStored: boolean) {
    this.#asStored = asStored
  }

  prepared(target: PreparedNode): Prepared {
    const { sources } = this
    return { target, sources, infos: this.#infos, drops: this.#drops, measures: this.#measures }
  }

  node(bound: Bound): Promise<PreparedNode> {
    const known = this.#known.get(bound) ?? this.#node(bound)
    this.#known.set(bound, known)
    return known
  }

  async #node(bound: Bound): Promise<PreparedNode> {
    if (bound.kind === 'source') {
      const opened = await openSource(bound.source)
      this.sources.push(opened)
      return sourceNode(this.#asStored ? unscaled(opened) : opened)
    }
    const input = await this.node(bound.input)
    const operands = new Map<string, PreparedNode>()
    for (const [name, one] of bound.operands) operands.set(name, await this.node(one))
    return await this.#step(bound.step, input, this.#aligned(bound, input, operands))
  }

  // Operands on the input's grid are seen in its orientation and with its components.
  #aligned({ step }: BoundNode, input: PreparedNode, operands: ReadonlyMap<string, PreparedNode>) {
    const grids = tolerancesOf(step)
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
    const info = outputOf(step, input.info, this.#drops, infos)
    const { strides, origin } = input
    const facts = { info, strides, origin, label: step.name }
    let node: PreparedNode
    if (step.regional) {
      const regional = step.regional(input.info, infos)
      const inputs = [input, ...operands.values()]
      node = regional.moves
        ? moved(input, regional.moves, { step: step.step, info, label: step.name })
        : { kind: 'regional', step: step.step, regional, inputs, ...facts, ...elsewhere(input, info) }
    } else {
      node = await this.#fused(step, { kind: 'fused', step, input, operands, ...facts }, infos)
    }
    this.#infos.set(step.step, info)
    return node
  }

  // What a stage would refuse is refused now. Composites of steps that make regions by themselves are written out.
  async #fused(step: BoundStep, node: FusedNode, infos: OperandInfos): Promise<PreparedNode> {
    step.measure?.(node.input.info, infos)
    this.#measures ||= step.measure !== undefined
    const parts = step.stages(node.input.info, infos)
    if (!parts.some(needsNodes)) return node
    let { input } = node
    for (const part of parts) {
      if (!isStep(part))
        throw new VoxlineError(
          'Filter',
          `${step.name}: stages beside steps that make regions must be steps too`,
          {
            filter: step.name,
          },
        )
      input = await this.#part(part.bind(), input)
    }
    return { ...input, info: node.info, label: step.name }
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

function sourceNode(source: OpenSource): PreparedNode {
  const { info, strides, origin, label } = source
  return { kind: 'source', source, info, strides, origin, label }
}

// Voxels on another grid keep the order of axes in memory where there are as many, and belong to no file.
function elsewhere(input: PreparedNode, info: Info): Pick<PreparedNode, 'strides' | 'origin'> {
  const sameRank = info.shape.length === input.info.shape.length
  const onGrid = info.geometry === input.info.geometry
  const strides = sameRank ? input.strides : info.shape.map((_, axis) => axis + 1)
  return { strides, origin: onGrid ? input.origin : { ...input.origin, storage: null } }
}

interface MovedAs {
  readonly step: AnyStep
  readonly info: Info
  readonly label: string
}

// A source is seen through the map; what is computed is moved after it.
function moved(input: PreparedNode, moves: StridedMap, as?: MovedAs): PreparedNode {
  const info = as?.info ?? movedInfo(input.info, moves)
  const strides = moves.axes.map((axis, k) => (input.strides[axis] as number) * (moves.steps[k] as number))
  const origin = { ...input.origin, storage: movedStorageOrigin(input.origin.storage, moves) }
  const label = as?.label ?? input.label
  if (input.kind === 'source') {
    const source = movedSource({ ...input.source, origin }, moves, info)
    return { kind: 'source', source, info, strides, origin, label: input.label }
  }
  const regional: AnyRegional = movingVoxels(moves)
  return { kind: 'regional', step: as?.step ?? null, regional, inputs: [input], info, strides, origin, label }
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
export function volumesOf(target: PreparedNode): readonly OpenSource[] {
  return nodesBelow(target).flatMap((node) =>
    node.kind === 'source' && node.source.allocation ? [node.source] : [],
  )
}
