// What the package answers to the operations of a golden manifest, through its public names only.
// Indices are in storage order; filters see float32 of the scaled voxels, unless an entry names another dtype.

const borderOf = ({ border = 'edge', constant_value: borderValue = 0 }) => ({ border, borderValue })
const unitsOf = ({ use_spacing }) => ({ units: use_spacing === false ? 'voxel' : 'mm' })

const diffusionOptions = (p) => ({
  iterations: p.iterations,
  timeStep: p.time_step,
  conductance: p.conductance,
  ...unitsOf(p),
})

// A structuring element of radius 1 by the number of its voxels.
const elementOf = ({ offsets }) => ({ element: { 7: 'sphere', 19: 'ball', 27: 'box' }[offsets.length] })

// The steps that make a mask of an entry's words, `voxel >= 10`, and what follows them.
function binary(step) {
  return (voxline, p) => {
    const [, threshold] = /^voxel >= (\S+)$/.exec(p.mask)
    const whether = voxline.defineFilter({
      name: 'whether',
      summary: 'Whether voxels are at least a threshold.',
      params: {},
      output: (input) => ({ ...input, dtype: 'uint8' }),
      stages: () => [voxline.pointwise((value) => (value >= Number(threshold) ? 1 : 0))],
    })
    return [whether(), step(voxline, p)]
  }
}

/** Steps of the operations that are filters, given the package and an entry's parameters; names are those of spec/filters.md §12. */
const filterSteps = {
  median: ({ median }, p) => median({ radius: p.radius, ...borderOf(p) }),
  mean: ({ mean }, p) => mean({ radius: p.radius, ...borderOf(p) }),
  rank: ({ rank }, p) => rank({ radius: p.radius, index: p.rank_index, ...borderOf(p) }),
  gradient_magnitude: ({ gradientMagnitude }, p) => gradientMagnitude({ ...borderOf(p), ...unitsOf(p) }),
  laplacian: ({ laplacian }, p) => laplacian({ ...borderOf(p), ...unitsOf(p) }),
  recursive_gaussian: ({ recursiveGaussian }, p) =>
    recursiveGaussian({
      sigma: p.sigma_mm,
      order: p.order,
      scaleNormalized: p.normalize_across_scale,
      ...unitsOf(p),
    }),
  gradient_magnitude_recursive_gaussian: ({ gradientMagnitudeRecursiveGaussian }, p) =>
    gradientMagnitudeRecursiveGaussian({
      sigma: p.sigma_mm,
      scaleNormalized: p.normalize_across_scale,
      ...unitsOf(p),
    }),
  gradient_anisotropic_diffusion: ({ gradientAnisotropicDiffusion }, p) =>
    gradientAnisotropicDiffusion(diffusionOptions(p)),
  curvature_anisotropic_diffusion: ({ curvatureAnisotropicDiffusion }, p) =>
    curvatureAnisotropicDiffusion(diffusionOptions(p)),
  // The mask is of voxels not below a value: moved to 1 and above, the others set to 0.
  signed_maurer_distance: ({ distanceMap, linear, threshold }, p) => [
    linear({ shift: 1 - Number(/^voxel >= (-?[\d.]+)$/.exec(p.mask)[1]) }),
    threshold({ below: 1, outsideValue: 0 }),
    distanceMap({ squared: p.squared_distance, insideIsPositive: p.inside_is_positive, ...unitsOf(p) }),
  ],
  threshold_below: ({ threshold }, p) => threshold({ below: p.threshold, outsideValue: p.outside_value }),
  threshold_outside: ({ threshold }, p) =>
    threshold({ below: p.lower, above: p.upper, outsideValue: p.outside_value }),
  rescale_intensity: ({ rescaleIntensity }, p) =>
    rescaleIntensity({ min: p.output_min, max: p.output_max, dtype: p.output_type }),
  binary_erode: binary(({ erode }, p) => erode(elementOf(p))),
  binary_dilate: binary(({ dilate }, p) => dilate(elementOf(p))),
  binary_open: binary(({ open }, p) => open({ ...elementOf(p), border: 'ignore' })),
  binary_close: binary(({ close }, p) => close(elementOf(p))),
  grayscale_erode: ({ erode }, p) => erode(elementOf(p)),
  grayscale_dilate: ({ dilate }, p) => dilate(elementOf(p)),
  grayscale_open: ({ open }, p) => open(elementOf(p)),
  grayscale_close: ({ close }, p) => close(elementOf(p)),
  discrete_gaussian: ({ gaussian }, p) =>
    gaussian({
      sigma: Math.sqrt(p.variance_mm2),
      maximumError: p.maximum_error,
      maximumRadius: p.maximum_kernel_width,
      ...borderOf(p),
      ...unitsOf(p),
    }),
  gaussian_sampled: ({ gaussian }, p) =>
    gaussian({
      sigma: p.sigma_voxels,
      weights: 'sampled',
      truncate: p.kernel_radius / p.sigma_voxels,
      units: 'voxel',
      ...borderOf(p),
    }),
  derivative: ({ gradient }, p) => gradient({ axes: [p.axis], ...borderOf(p), ...unitsOf(p) }),
  shrink: ({ shrink }, p) => shrink({ factor: p.factors, first: p.first_voxel }),
  bin_shrink: ({ binShrink }, p) => binShrink({ factor: p.factors }),
  pad: ({ pad }, p) => pad({ lower: p.lower, upper: p.upper, mode: p.border, value: p.constant_value }),
  projection: ({ projection }, { axis, kind }) =>
    projection({
      axis,
      keepAxis: false,
      method: { max: 'maximum', min: 'minimum' }[kind] ?? kind,
      dtype: 'same',
    }),
  resample: ({ resample }, p) =>
    resample({ transform: inRas(p.output_to_input_point_LPS_3x4), ...interpolationOf(p) }),
  resample_to_grid: ({ resample }, p) =>
    resample({ reference: { shape: p.grid_shape, affine: p.grid_affine }, ...interpolationOf(p) }),
  resample_to_spacing: ({ resample }, p) => resample({ spacing: p.new_spacing, ...interpolationOf(p) }),
}

const interpolationOf = ({ interpolation, default_value: outsideValue = 0 }) => ({
  interpolation: interpolation === 'cubic B-spline' ? 'cubic' : interpolation,
  outsideValue,
})

// A matrix of LPS positions, 3 rows of 4, as one of RAS positions.
function inRas(rows) {
  const signs = [-1, -1, 1, 1]
  const turned = rows.map((row, r) => row.map((value, k) => value * signs[r] * signs[k]))
  return [...turned, [0, 0, 0, 1]]
}

// Axes an entry does not name are left alone.
const eachAxis = (volume, given, otherwise) =>
  volume.shape.map((length, axis) => given[axis] ?? otherwise(axis, length))

/** Views of the operations that only look at voxels otherwise; values stay as stored. */
const views = {
  reorient: (_, volume, { to }) => volume.flipToOrientation(to),
  flip: (_, volume, { axis }) => volume.flip([axis]),
  permute: (_, volume, { order }) => volume.permute(eachAxis(volume, order, (axis) => axis)),
  crop: (_, volume, { start, size }) =>
    volume.crop({
      start: eachAxis(volume, start, () => 0),
      shape: eachAxis(volume, size, (_, length) => length),
    }),
  subvolume_strided: stridedView,
}

function stridedView({ Volume }, volume, parameters) {
  const { data, stride, offset } = volume.array()
  const start = eachAxis(volume, parameters.start, () => 0)
  const step = eachAxis(volume, parameters.step, () => 1)
  const stop = eachAxis(volume, parameters.stop, (_, length) => length)
  const affine = volume.affine.map((row) => {
    const columns = row.slice(0, 3)
    const shift = columns.reduce((sum, value, axis) => sum + value * (start[axis] ?? 0), 0)
    return [...columns.map((value, axis) => value * (step[axis] ?? 1)), row[3] + shift]
  })
  return Volume.wrap(data, {
    shape: start.map((first, axis) => Math.ceil((stop[axis] - first) / step[axis])),
    strides: stride.map((elements, axis) => elements * step[axis]),
    offset: start.reduce((sum, first, axis) => sum + first * stride[axis], offset),
    affine,
  })
}

const readings = ['read_header_and_voxels', 'read_metaimage', 'read_nrrd']

/** Whether the package has what an operation asks for. */
export const isAnswered = (op) =>
  [...readings, 'connected_components'].includes(op) || op in measures || op in views || op in filterSteps

// The dtype words of the manifest for several numbers per voxel.
function dtypeWord({ dtype, components }) {
  if (components === 1) return dtype
  if (dtype === 'uint8') return components === 3 ? 'rgb' : components === 4 ? 'rgba' : dtype
  if (components !== 2) return dtype
  return { float32: 'complex64', float64: 'complex128' }[dtype] ?? dtype
}

async function describe(volume, isHeaderRead = false) {
  const copy = await volume.copy()
  const { affine, spacing, orientation, shape, dtype } = volume
  return {
    shape: [...shape],
    dtype: isHeaderRead ? dtypeWord(volume) : dtype,
    affine,
    spacing: [...spacing],
    // The manifest names three axes also where a volume has fewer.
    ...(shape.length >= 3 && { axcodes: orientation.slice(0, 3) }),
    voxels: copy.data,
  }
}

// What a NIfTI header says under the manifest's names; only what the file stated.
function headerNumbers({ header }) {
  const { qform, sform, intent, description } = header
  const numbers = {}
  if (qform !== undefined) numbers.qform_code = qform.code
  if (sform !== undefined) numbers.sform_code = sform.code
  if (intent !== undefined) numbers.intent_code = intent.code
  if (description !== undefined) numbers.descrip_hex = Buffer.from(description, 'latin1').toString('hex')
  return numbers
}

async function read({ Volume }, op, path) {
  const volume = await Volume.read(path, { orientation: 'storage', scale: false })
  const answer = await describe(volume, true)
  return op === 'read_header_and_voxels' ? { ...answer, numbers: headerNumbers(volume) } : answer
}

const sourceOf = ({ fromFile }, path) => fromFile(path, { orientation: 'storage' })

/** Numbers of the operations that measure. */
const measures = {
  statistics: async (voxline, path) => {
    const { pipe, statistics } = voxline
    const percents = [1, 5, 25, 50, 75, 95, 99]
    const made = await pipe(sourceOf(voxline, path), statistics({ percentiles: percents })).compute()
    const { min, max, mean, sigma, sum, count } = made
    const std_n = count > 0 ? sigma * Math.sqrt((count - 1) / count) : Number.NaN
    const percentiles = Object.fromEntries(percents.map((percent, k) => [percent, made.percentiles[k]]))
    const numbers = {
      min: Number(min),
      max: Number(max),
      mean,
      sigma_n_minus_1: sigma,
      sum: Number(sum),
      std_n,
    }
    return { ...numbers, percentiles_linear: percentiles }
  },
  histogram: async (voxline, path, { bins, range }) => {
    const { counts } = await voxline
      .pipe(sourceOf(voxline, path), voxline.histogram({ bins, range }))
      .compute()
    return { counts }
  },
  otsu_threshold: async (voxline, path, { histogram_bins: bins }) => {
    const { value } = await voxline.pipe(sourceOf(voxline, path), voxline.otsuThreshold({ bins })).compute()
    return { threshold: value }
  },
  label_statistics: async (voxline, path, parameters) => {
    const labels = await labelsOf(voxline, path, parameters)
    const found = await voxline.pipe(sourceOf(voxline, path), voxline.labelStatistics(labels)).compute()
    return { labels: Object.fromEntries(found.map((one) => [one.label, labelNumbers(one)])) }
  },
}

// The reference's sigma of equal voxels is its own rounding.
function labelNumbers({ count, min, max, mean, sigma, sum, bounds, centroid, physicalSize }) {
  return {
    ...{ count, min: Number(min), max: Number(max), mean, sum: Number(sum), bbox: bounds.flat() },
    ...(min !== max && { sigma }),
    ...{ centroid_index: centroid, volume_mm3: physicalSize },
  }
}

// The manifest counts axes that differ as scipy counts neighbours: 6 in all by 1, 18 by 2, 26 by 3.
const neighbours = { 6: 1, 18: 2, 26: 3 }

async function label(voxline, path, { mask, connectivity }) {
  const { pipe, fromFile, linear, threshold, connectedComponents } = voxline
  const least = Number(/^voxel >= (.+)$/.exec(mask)[1])
  const source = fromFile(path, { orientation: 'storage' })
  // Voxels of the mask are at least 1, also where they were 0.
  const foreground = [linear({ shift: 1 - least }), threshold({ below: 1 })]
  const labels = connectedComponents({ connectivity: neighbours[connectivity] })
  const { data } = await pipe(source, ...foreground, labels).compute()
  const sizes = new Map()
  for (const number of data) if (number > 0) sizes.set(number, (sizes.get(number) ?? 0) + 1)
  return { numbers: { count: sizes.size, sizes: [...sizes.values()].sort((a, b) => b - a) } }
}

// A file of labels, or the number of edges that are at most the voxel.
async function labelsOf(voxline, path, { label_file, edges }) {
  if (label_file !== undefined) return sourceOf(voxline, label_file)
  const volume = await voxline.pipe(sourceOf(voxline, path)).compute()
  const labels = await volume.copy({ dtype: 'int32' })
  for (let k = 0; k < volume.data.length; k++)
    labels.data[k] = edges.filter((edge) => edge <= volume.data[k]).length
  labels.touch()
  return labels
}

async function look(voxline, op, path, parameters) {
  const volume = await voxline.Volume.read(path, { orientation: 'storage', scale: false })
  return await describe(views[op](voxline, volume, parameters))
}

async function filter(voxline, op, path, parameters) {
  const source = voxline.fromFile(path, { orientation: 'storage' })
  const steps = [filterSteps[op](voxline, parameters)].flat()
  if (op.startsWith('grayscale_')) return await describe(await voxline.pipe(source, ...steps).compute())
  const dtype = parameters.dtype ?? 'float32'
  return await describe(await voxline.pipe(source, voxline.cast({ dtype }), ...steps).compute())
}

function isReadable({ formats }, path) {
  return formats.some(({ suffixes }) => suffixes.some((suffix) => path.toLowerCase().endsWith(suffix)))
}

/**
 * The answer to one entry: `{ skip }` with a reason, or what the manifest expects: `shape, dtype, affine, spacing, axcodes` and `voxels`
 * (an array, first axis fastest), or `numbers`. What the package refuses is thrown.
 */
export async function answerTo(voxline, { op, input, parameters = {}, label_file }) {
  if (!isAnswered(op)) return { skip: `the package has no ${op} yet` }
  if (!isReadable(voxline, input)) return { skip: `the package reads no file with the ending of ${input}` }
  try {
    if (readings.includes(op)) return await read(voxline, op, input)
    if (op === 'connected_components') return await label(voxline, input, parameters)
    if (op in measures) return { numbers: await measures[op](voxline, input, { ...parameters, label_file }) }
    return await (op in views ? look : filter)(voxline, op, input, parameters)
  } catch (error) {
    if (error?.code === 'Unsupported') return { skip: error.message }
    throw error
  }
}
