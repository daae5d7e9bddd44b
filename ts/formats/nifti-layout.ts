/** How a number is stored. */
export type Kind = 'uint8' | 'int16' | 'int32' | 'int64' | 'float32' | 'float64'
type NumberPlace = readonly [offset: number, kind: Kind, count: number]
type TextPlace = readonly [offset: number, bytes: number]

export const numberNames = [
  'dim',
  'intentParameters',
  'intentCode',
  'datatype',
  'bitpix',
  'sliceStart',
  'sliceEnd',
  'sliceCode',
  'sliceDuration',
  'timeOffset',
  'pixdim',
  'voxelOffset',
  'slope',
  'intercept',
  'units',
  'dimInfo',
  'displayMax',
  'displayMin',
  'qformCode',
  'sformCode',
  'quaternion',
  'qoffset',
  'srow',
  'extents',
  'sessionError',
  'regular',
  'globalMax',
  'globalMin',
] as const

export const textNames = [
  'description',
  'auxiliaryFile',
  'intentName',
  'magic',
  'dataType',
  'databaseName',
  'unused',
] as const

/** Names of a header's numeric fields. */
export type NiftiNumber = (typeof numberNames)[number]
/** Names of a header's text fields. */
export type NiftiText = (typeof textNames)[number]

/** Where the fields of one version stand. */
export interface Layout {
  readonly bytes: number
  readonly numbers: Partial<Record<NiftiNumber, NumberPlace>>
  readonly texts: Partial<Record<NiftiText, TextPlace>>
}

/** nifti1.h, struct nifti_1_header. */
export const layout1: Layout = {
  bytes: 348,
  numbers: {
    extents: [32, 'int32', 1],
    sessionError: [36, 'int16', 1],
    regular: [38, 'uint8', 1],
    dimInfo: [39, 'uint8', 1],
    dim: [40, 'int16', 8],
    intentParameters: [56, 'float32', 3],
    intentCode: [68, 'int16', 1],
    datatype: [70, 'int16', 1],
    bitpix: [72, 'int16', 1],
    sliceStart: [74, 'int16', 1],
    pixdim: [76, 'float32', 8],
    voxelOffset: [108, 'float32', 1],
    slope: [112, 'float32', 1],
    intercept: [116, 'float32', 1],
    sliceEnd: [120, 'int16', 1],
    sliceCode: [122, 'uint8', 1],
    units: [123, 'uint8', 1],
    displayMax: [124, 'float32', 1],
    displayMin: [128, 'float32', 1],
    sliceDuration: [132, 'float32', 1],
    timeOffset: [136, 'float32', 1],
    globalMax: [140, 'int32', 1],
    globalMin: [144, 'int32', 1],
    qformCode: [252, 'int16', 1],
    sformCode: [254, 'int16', 1],
    quaternion: [256, 'float32', 3],
    qoffset: [268, 'float32', 3],
    srow: [280, 'float32', 12],
  },
  texts: {
    dataType: [4, 10],
    databaseName: [14, 18],
    description: [148, 80],
    auxiliaryFile: [228, 24],
    intentName: [328, 16],
    magic: [344, 4],
  },
}

/** nifti2.h, struct nifti_2_header. */
export const layout2: Layout = {
  bytes: 540,
  numbers: {
    datatype: [12, 'int16', 1],
    bitpix: [14, 'int16', 1],
    dim: [16, 'int64', 8],
    intentParameters: [80, 'float64', 3],
    pixdim: [104, 'float64', 8],
    voxelOffset: [168, 'int64', 1],
    slope: [176, 'float64', 1],
    intercept: [184, 'float64', 1],
    displayMax: [192, 'float64', 1],
    displayMin: [200, 'float64', 1],
    sliceDuration: [208, 'float64', 1],
    timeOffset: [216, 'float64', 1],
    sliceStart: [224, 'int64', 1],
    sliceEnd: [232, 'int64', 1],
    qformCode: [344, 'int32', 1],
    sformCode: [348, 'int32', 1],
    quaternion: [352, 'float64', 3],
    qoffset: [376, 'float64', 3],
    srow: [400, 'float64', 12],
    sliceCode: [496, 'int32', 1],
    units: [500, 'int32', 1],
    intentCode: [504, 'int32', 1],
    dimInfo: [524, 'uint8', 1],
  },
  texts: {
    magic: [4, 8],
    description: [240, 80],
    auxiliaryFile: [320, 24],
    intentName: [508, 16],
    unused: [525, 15],
  },
}

/** Bytes of a number. */
export const widths: Record<Kind, number> = { uint8: 1, int16: 2, int32: 4, int64: 8, float32: 4, float64: 8 }
