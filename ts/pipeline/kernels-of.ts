import { callNative } from '../native/errors.ts'
import { type KernelTable, kernelTable } from './encode-plan.ts'

let known: KernelTable | undefined

/** The addon's kernels; loads it when first asked. */
export function nativeKernels(): KernelTable {
  known ??= kernelTable(callNative((addon) => addon.kernels()))
  return known
}
