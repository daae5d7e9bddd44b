import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import { regionBytes } from './patch.ts'
import type { AnyRegional, HeldPatch, Regional, RegionalTools } from './regional.ts'

/** How a step makes regions that may not know what of its inputs a region needs: without `needs` it is given them whole. */
export type DeclaredRegional<S = void> = Regional<S> | Omit<Regional<S>, 'needs' | 'lean'>

interface WholeState {
  readonly patches: readonly HeldPatch[]
  readonly own: unknown
}

/** The step with what it left out: inputs are then read once, whole, and held until the run has ended. */
export function withNeeds(declared: DeclaredRegional<unknown>, inputs: readonly Info[]): AnyRegional {
  return 'needs' in declared ? declared : wholeInputs(declared, inputs)
}

function wholeInputs(
  declared: Omit<Regional<unknown>, 'needs' | 'lean'>,
  inputs: readonly Info[],
): Regional<WholeState> {
  const wholes = inputs.map(({ shape }) => ({ start: shape.map(() => 0), shape }))
  const bytes = inputs.map((info, k) => {
    const dtype = declared.dtypes?.[k] ?? info.dtype
    return regionBytes({ ...info, dtype }, { start: [], shape: info.shape })
  })
  return {
    ...declared,
    needs: () => inputs.map(() => null),
    held: bytes.reduce((sum, own) => sum + own, declared.held ?? 0),
    prepare: async (tools: RegionalTools) => {
      const patches: HeldPatch[] = []
      try {
        for (const [k, whole] of wholes.entries()) patches.push(await tools.read(k, whole))
        return { patches, own: await declared.prepare?.(tools) }
      } catch (error) {
        for (const patch of patches) patch.release()
        throw error
      }
    },
    // They are held already.
    readings: (budget, workers) => [
      ...inputs.map((_, input) => ({
        input,
        region: wholes[input] as Region,
        beside: -(bytes[input] as number),
      })),
      ...(declared.readings?.(budget, workers) ?? []),
    ],
    release: ({ patches, own }) => {
      declared.release?.(own)
      for (const patch of patches) patch.release()
    },
    generate: (work) => declared.generate({ ...work, inputs: work.state.patches, state: work.state.own }),
  }
}
