import { invalidArgument } from '../core/errors.ts'
import { axesOrSpatial, type Info } from './info.ts'

/** Throws `InvalidArgument` for an input with several components per voxel, which labels and masks do not have. */
export function checkOneComponent({ components }: Info, filter: string): void {
  if (components === 1) return
  throw invalidArgument(`${filter}'s input`, 'a volume with one component per voxel', components)
}

/** The axes along which a filter joins voxels; throws `InvalidArgument` where its options do not fit the input. */
export function joinedAxes(
  input: Info,
  options: { readonly connectivity: number; readonly axes: readonly number[] | undefined },
  filter: string,
): readonly number[] {
  const axes = axesOrSpatial(options.axes, input, `${filter}.axes`)
  if (options.connectivity <= axes.length) return axes
  const expected = `an integer in [1, ${axes.length}], at most the number of axes`
  throw invalidArgument(`${filter}.connectivity`, expected, options.connectivity)
}
