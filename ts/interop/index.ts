/**
 * Bridges to other packages: ndarray, itk-wasm, vtk.js, onnxruntime, NumPy's .npy and nifti-reader-js. None of
 * them is imported; plain shapes are made and read. Indices are the same on both sides.
 *
 * @module voxline/interop
 */
export type { CopyOption } from './dense.ts'
export {
  fromItkWasm,
  type ItkPixelType,
  type ItkWasmImage,
  type ItkWasmImageLike,
  type ToItkWasmOptions,
  toItkWasm,
} from './itk-wasm.ts'
export {
  fromNdarray,
  type NdarrayFunction,
  type NdarrayLike,
  type PlaceOptions,
  toNdarray,
} from './ndarray.ts'
export {
  type FromNiftiReaderOptions,
  fromNiftiReader,
  type NiftiReaderFields,
  type NiftiReaderHeaderLike,
  type NiftiReaderImage,
  toNiftiReader,
} from './nifti-reader.ts'
export { type FromNpyOptions, fromNpy, npyParts, toNpy } from './npy.ts'
export {
  type FromTensorOptions,
  fromTensor,
  type TensorClass,
  type TensorLike,
  type ToTensorOptions,
  toTensor,
} from './tensor.ts'
export {
  fillVtkImageData,
  fromVtkImageData,
  type ToVtkOptions,
  toVtkImageData,
  type VtkDataArrayClass,
  type VtkDataArrayLike,
  type VtkDataArrayState,
  type VtkImageDataLike,
  type VtkImageDataState,
  type VtkImageDataTarget,
  type VtkScalarsLike,
  type VtkScalarsTarget,
} from './vtk-image-data.ts'
