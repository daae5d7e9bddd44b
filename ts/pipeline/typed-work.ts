import { bytesOf, type DType, dtypeOfCode } from '../core/dtype.ts'
import { sizeOf } from '../core/shape.ts'
import type { Region } from '../volume/region.ts'
import type { Info } from './info.ts'
import type { Patch, RegionalWork } from './regional.ts'

/** What a region kernel reads and makes, which is built for few element types. */
export interface WorkTypes {
  readonly read: DType
  /** Where it is not the output's, voxels go through memory of their own. */
  readonly made: DType
}

/** The element type itself where the kernel is built for it and the output has it too, else one in which it computes. */
export function workTypes(input: DType, output: DType, built: readonly DType[], real: DType): WorkTypes {
  const isDirect = input === output && built.includes(input)
  return isDirect ? { read: input, made: input } : { read: real, made: real }
}

/** Bytes of the memory that `inType` allocates. */
export function typedBytes(output: Info, made: DType, { shape }: Region): number {
  return output.dtype === made ? 0 : sizeOf(shape) * output.components * bytesOf(made)
}

/** Lets `make` fill a region in an element type and converts that to the output's by the store rule. */
export async function inType(
  { region, output, tools }: RegionalWork<unknown>,
  made: DType,
  info: Pick<Info, 'shape' | 'components'>,
  make: (target: Patch) => Promise<void>,
): Promise<void> {
  if (dtypeOfCode(output.view.dtype) === made) return await make(output)
  const target = tools.allocate({ ...info, dtype: made }, region)
  try {
    await make(target)
    await tools.copy(target, output)
  } finally {
    target.release()
  }
}
