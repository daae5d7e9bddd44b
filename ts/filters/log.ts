import { elementaryFilter } from './elementary.ts'

/** Natural logarithm, within 2 ulp; −Infinity for 0, NaN for negative voxels. */
export const log = elementaryFilter('log', 'Natural logarithm of every voxel.')
