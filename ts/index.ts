/**
 * Volumes, pipelines, filters and files.
 *
 * @module voxline
 */
import { formatForWriting, probeFile, probeFileSync } from './formats/probe.ts'
import { createVolumeIo } from './pipeline/create-volume-io.ts'
import { installFileFormats } from './pipeline/file-formats.ts'
import { installVolumeIo } from './volume/volume-io.ts'

const fileFormats = { probeFile, probeFileSync, formatForWriting }
installFileFormats(fileFormats)
installVolumeIo(createVolumeIo(fileFormats))

export { type Border, borders } from './core/border.ts'
export { type DType, dtypes, type TypedArray, type Value } from './core/dtype.ts'
export { type ErrorCode, VoxlineError } from './core/errors.ts'
export type { Histogram } from './filters/histogram.ts'
export * from './filters/index.ts'
export type { LabelStatistics } from './filters/label-statistics.ts'
export type { MinimumMaximum } from './filters/minimum-maximum.ts'
export type { OtsuThreshold } from './filters/otsu-threshold.ts'
export type { Statistics } from './filters/statistics.ts'
export { formats } from './formats/index.ts'
export { probeFile } from './formats/probe.ts'
export type { Affine, Vector } from './geometry/affine.ts'
export type { Geometry } from './geometry/geometry.ts'
export { Referential } from './geometry/referential.ts'
export type { Sampling } from './geometry/sampling.ts'
export type { ScriptBlock } from './native/addon.ts'
export type { ComputeOptions } from './pipeline/compute.ts'
export { type CustomSink, defineSink, type SinkDeclaration } from './pipeline/custom-sink.ts'
export {
  type CustomSource,
  defineSource,
  type SourceDeclaration,
  type SourceRequest,
} from './pipeline/custom-source.ts'
export {
  type AnyStep,
  defineFilter,
  type Filter,
  type FilterDeclaration,
  type FilterFacts,
  type MeasureDeclaration,
  type OperandFilter,
  type Options,
  type RegionalDeclaration,
  type Settled,
  type Step,
} from './pipeline/define-filter.ts'
export type { ExplainOptions, Explanation, PassFacts, StageFacts, StepRegions } from './pipeline/explain.ts'
export type { ExplainedNode } from './pipeline/explain-graph.ts'
export type { Drop, Info } from './pipeline/info.ts'
export { memoryLimit } from './pipeline/limits.ts'
export { type Monitor, monitor } from './pipeline/monitor.ts'
export { sampledInfo } from './pipeline/moved-info.ts'
export type { Operand, VolumeOperand } from './pipeline/operand.ts'
export { type Param, param } from './pipeline/param.ts'
export { type Pipeline, pipe, type ResultOf, type TilesOptions } from './pipeline/pipe.ts'
export type { Progress, RunEvent } from './pipeline/progress.ts'
export { type QueueState, queue } from './pipeline/queue.ts'
export type {
  HeldPatch,
  Patch,
  PatchShape,
  Regional,
  RegionalCall,
  RegionalTools,
  RegionalViews,
  RegionalWork,
  StridedMap,
} from './pipeline/regional.ts'
export { type ScratchOptions, type ScratchSetting, scratch } from './pipeline/scratch.ts'
export { type Counters, concurrency, counters, simd } from './pipeline/server.ts'
export type { RunOptions } from './pipeline/settings.ts'
export { type FileOptions, type FileSource, fromFile, type VoxelSource } from './pipeline/source.ts'
export {
  after,
  type FurtherInput,
  lines,
  outcome,
  type Part,
  point,
  pointwise,
  reduce,
  type ScriptLine,
  sweep,
  tiles,
  window,
} from './pipeline/stage.ts'
export { subPatch } from './pipeline/sub-patch.ts'
export type { PipelineTile } from './pipeline/tiles.ts'
export { type PipelineSet, together } from './pipeline/together.ts'
export { versions } from './pipeline/versions.ts'
export type { DeclaredRegional } from './pipeline/whole-inputs.ts'
export type { WriteRunOptions } from './pipeline/write.ts'
export type { FileFacts, Format } from './volume/format.ts'
export { VolumeHandle, type VolumeToken } from './volume/handle.ts'
export type { Header, HeaderExtension, HeaderForm } from './volume/header.ts'
export type { Line } from './volume/lines.ts'
export type { Region, RegionOptions } from './volume/region.ts'
export { type StridedArray, Volume } from './volume/volume.ts'
export type { MapMode, MapOptions, ReadOptions, WriteOptions } from './volume/volume-io.ts'
