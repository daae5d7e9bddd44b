import { elementaryFilter } from './elementary.ts'

/** e to the power of x, within 2 ulp. */
export const exp = elementaryFilter('exp', 'e to the power of every voxel.')
