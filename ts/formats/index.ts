import type { Format } from '../volume/format.ts'
import { metaimage } from './metaimage.ts'
import { nifti } from './nifti.ts'
import { nrrd } from './nrrd.ts'

export { metaimage } from './metaimage.ts'
export { nifti } from './nifti.ts'
export { nrrd } from './nrrd.ts'

/** Every file format, in the order in which content is asked. */
export const formats: readonly Format[] = [metaimage, nifti, nrrd]
