import { type AnyStep, gradientMagnitude, median, rescaleIntensity, threshold } from 'voxline'

/** No squared gradient of integer voxels at spacing 1 comes near this limit's square, so rounding cannot move a voxel across it. */
export const limit = 20.3

const rescale = () => rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' })

/** Gradient magnitude → threshold below → rescale to 0…255, uint8: ITK's composite filter example. */
export function edgeSteps(): readonly AnyStep[] {
  return [gradientMagnitude(), threshold({ below: limit }), rescale()]
}

/** The same behind a median of 3³ voxels. */
export function medianEdgeSteps(): readonly AnyStep[] {
  return [median({ radius: 1 }), ...edgeSteps()]
}

/** Median of 3³ voxels → gradient magnitude → rescale to 0…255, uint8. */
export function smoothGradientSteps(): readonly AnyStep[] {
  return [median({ radius: 1 }), gradientMagnitude(), rescale()]
}
