import { elementaryFilter } from './elementary.ts'

/** Square root, correctly rounded; NaN for negative voxels. */
export const sqrt = elementaryFilter('sqrt', 'Square root of every voxel.')
