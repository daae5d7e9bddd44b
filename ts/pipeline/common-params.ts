import { borders } from '../core/border.ts'
import { param } from './param.ts'

/** The option every filter has: another element type for its output. */
export const dtypeParams = {
  dtype: param.optional(param.dtype({ doc: "Element type of the output; 'same' for that of the input." })),
} as const

/** The option of filters that measure lengths. */
export const unitParams = {
  units: param.choice(['mm', 'voxel'], {
    default: 'mm',
    doc: 'Unit of lengths: millimetres, or voxels whatever the spacing.',
  }),
} as const

/** The option of filters over boxes of voxels. */
export const boxParams = {
  radius: param.perAxis({ integer: true, min: 0, default: 1, doc: 'Half-width of the box, in voxels.' }),
} as const

/** The options of every filter that reads neighbours. */
export const borderParams = {
  border: param.choice(borders, { default: 'edge', doc: 'Where values outside the volume come from.' }),
  borderValue: param.value({ default: 0, doc: "The value outside the volume when border is 'constant'." }),
} as const

/** The options of filters with further inputs on the grid of the first. */
export const gridParams = {
  tolerance: param.number({
    default: 1e-3,
    min: 0,
    doc: 'How far corresponding corner voxels of the inputs may lie apart, in units of the smallest spacing.',
  }),
  geometry: param.choice(['check', 'ignore'], {
    default: 'check',
    doc: "'ignore' compares the inputs' shapes only, not their places in the world.",
  }),
} as const

/** The options of filters that join neighbouring voxels. */
export const neighbourParams = {
  connectivity: param.int({
    default: 1,
    min: 1,
    doc: 'Neighbours differ by 1 on at most so many axes: 1 for faces, the number of axes for corners too.',
  }),
  axes: param.optional(
    param.axes({
      doc: 'Axes along which voxels are joined; without it the spatial ones. The others are independent.',
    }),
  ),
} as const

/** The options of filters that differentiate by differences of neighbours. */
export const derivativeParams = {
  axes: param.optional(param.axes({ doc: 'Axes to differentiate along; by default the spatial ones.' })),
  ...unitParams,
  ...borderParams,
} as const
