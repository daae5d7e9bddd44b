import type { RegionRequest } from '../native/addon.ts'
import { callNative } from '../native/errors.ts'
import type { KernelName, KernelParams } from '../native/kernels.ts'
import { encodeParams } from './encode-plan.ts'
import { nativeKernels } from './kernels-of.ts'
import type { RegionalViews } from './regional.ts'
import type { Settings } from './settings.ts'

/** What native code is asked for when a region kernel is to run over the whole of its first output. */
export function regionRequest<N extends KernelName>(
  kernel: N,
  params: KernelParams<N>,
  { inputs, outputs, axis = -1 }: RegionalViews,
  { level, threads }: Pick<Settings, 'level' | 'threads'>,
): RegionRequest {
  const rank = outputs[0]?.view.shape.length ?? 0
  const numbers = Float64Array.from(encodeParams(nativeKernels(), kernel, params, rank))
  return { kernel, level, params: numbers, axis, threads, inputs, outputs }
}

/** Bytes that each worker takes while a region kernel runs at the best level; its views may be imagined. */
export function regionScratch<N extends KernelName>(
  kernel: N,
  params: KernelParams<N>,
  views: RegionalViews,
): number {
  const request = regionRequest(kernel, params, views, { level: -1, threads: 0 })
  return callNative((addon) => addon.regionScratch(request))
}
