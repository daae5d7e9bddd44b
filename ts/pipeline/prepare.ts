import { invalidArgument } from '../core/errors.ts'
import type { AnyStep, BoundStep } from './define-filter.ts'
import { type Drop, type Info, outputOf } from './info.ts'
import type { Chain } from './negotiate.ts'
import { type OpenSource, openSource, unscaled, type VoxelSource } from './source.ts'

/** A source and the steps behind it, with the options they had when a run began. */
export interface Definition {
  readonly source: VoxelSource
  readonly steps: readonly BoundStep[]
}

/** A pipeline whose headers have been read: what the information pass knows. */
export interface Prepared {
  readonly source: OpenSource
  readonly chain: Chain
  /** Of the last step that makes a volume. */
  readonly output: Info
  /** What each step makes. */
  readonly infos: ReadonlyMap<AnyStep, Info>
  readonly drops: readonly Drop[]
  readonly measures: boolean
}

/**
 * The information pass: opens the source, reads its header, and lets every step say what it makes of its input.
 *
 * `asStored` leaves values as stored, without slope and intercept, where no step works on them.
 */
export async function prepare({ source, steps }: Definition, asStored = false): Promise<Prepared> {
  const opened = await openSource(source)
  try {
    return inform(asStored && steps.length === 0 ? unscaled(opened) : opened, steps)
  } catch (error) {
    await opened.close()
    throw error
  }
}

function inform(source: OpenSource, steps: readonly BoundStep[]): Prepared {
  const { storage, scaling, label } = source
  const infos = new Map<AnyStep, Info>()
  const drops: Drop[] = []
  let output = source.info
  for (const step of steps) {
    const input = output
    output = outputOf(step, input, drops)
    infos.set(step.step, output)
    // What a stage would refuse is refused now.
    step.stages(input, new Map())
    step.measure?.(input, new Map())
  }
  const chain = { source: { storage, scaling, label }, info: source.info, steps }
  return { source, chain, output, infos, drops, measures: steps.at(-1)?.measure !== undefined }
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
