import * as assert from 'node:assert/strict'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ErrorCode } from '../../../ts/core/errors.ts'
import {
  cast,
  connectedComponents,
  counters,
  flip,
  gradientMagnitude,
  invert,
  linear,
  median,
  monitor,
  otsu,
  type Pipeline,
  permute,
  pipe,
  rescaleIntensity,
  shrink,
  statistics,
  threshold,
  together,
  Volume,
} from '../../../ts/index.ts'
import { failing } from '../../support/failing-filter.ts'
import { noise } from '../../support/naive-filters.ts'
import { refusal } from '../../support/refusal.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('pipeline/together')
const file = temporaryFiles()
const shape = [19, 17, 30]

// Outputs that share a step, and read it as voxels, with neighbours, behind reductions and as regions.
function outputsOf(volume: Volume) {
  const shared = median()
  const base = pipe(volume, shared)
  const outputs = {
    smooth: base,
    edges: pipe(base, gradientMagnitude()),
    mask: pipe(base, otsu()),
    scaled: pipe(base, rescaleIntensity({ min: 0, max: 255, dtype: 'uint8' })),
    labels: pipe(base, threshold({ below: 0 }), connectedComponents()),
    again: base,
    source: pipe(volume),
    flipped: pipe(volume, flip({ axes: [1] })),
  }
  return { shared, outputs }
}

type Outputs = ReturnType<typeof outputsOf>['outputs']
const names = Object.keys(outputsOf(noise(shape, 'int16')).outputs) as (keyof Outputs)[]

for (const memory of [undefined, '24MiB'])
  for (const divisions of [1, 3, 30])
    test(`outputs of one run have the bytes of runs of their own: ${divisions} divisions, ${memory ?? 'any'} memory`, async () => {
      const { outputs } = outputsOf(noise(shape, 'int16'))
      const made = await together(outputs).compute({ divisions, ...(memory && { memory }) })
      assert.deepEqual(Object.keys(made), names)
      for (const name of names) {
        const alone = await (outputs[name] as Pipeline).compute()
        assert.deepEqual(made[name].data, alone.data, name)
        assert.equal(made[name].orientation, alone.orientation, name)
      }
    })

test('files of one run have the bytes of runs of their own', async () => {
  const { outputs } = outputsOf(noise(shape, 'int16'))
  const pathOf = (name: string, way: string) => file(`${name}-${way}.${name < 'm' ? 'nii' : 'nii.gz'}`)
  const paths = Object.fromEntries(names.map((name) => [name, pathOf(name, 'together')]))
  await together(outputs).write(paths as Record<keyof Outputs, string>, { divisions: 4 })
  for (const name of names) {
    await (outputs[name] as Pipeline).write(pathOf(name, 'alone'), { divisions: 4 })
    assert.deepEqual(readFileSync(pathOf(name, 'together')), readFileSync(pathOf(name, 'alone')), name)
  }
})

test('compressed files that want their voxels in different orders are written in one piece', async () => {
  const volume = noise([20, 20, 20], 'int16')
  const outputs = {
    plain: pipe(volume, invert()),
    flipped: pipe(volume, flip({ axes: [2] })),
    turned: pipe(volume, permute({ axes: [2, 1, 0] })),
  }
  const pathOf = (name: string, way: string) => file(`order-${name}-${way}.nii.gz`)
  const paths = (way: string) => ({
    plain: pathOf('plain', way),
    flipped: pathOf('flipped', way),
    turned: pathOf('turned', way),
  })
  await together(outputs).write(paths('together'), { divisions: 4 })
  for (const [name, pipeline] of Object.entries(outputs)) {
    await pipeline.write(pathOf(name, 'alone'))
    const [made, alone] = await Promise.all(
      ['together', 'alone'].map((way) => Volume.read(pathOf(name, way))),
    )
    assert.ok(await (made as Volume).equals(alone as Volume), name)
  }
})

test('an output that is another one converted does not change it', async () => {
  const volume = noise(shape, 'float32')
  const whole = pipe(volume, linear({ scale: 3.3, dtype: 'int8' }))
  const again = pipe(whole, cast({ dtype: 'float64' }))
  const made = await together({ again, whole, third: again }).compute()
  assert.deepEqual(made.again.data, (await again.compute()).data)
  assert.deepEqual(made.whole.data, (await whole.compute()).data)
})

test('what outputs share is made once per division', async () => {
  const volume = noise(shape, 'int16')
  const shared = median()
  const base = pipe(volume, shared)
  const seen = monitor(shared)
  await together({ a: pipe(base, linear({ scale: 2 })), b: pipe(base, invert()), c: base }).compute({
    divisions: 5,
  })
  assert.equal(seen.runs, 5)
  seen.reset()
  await together({ a: base, b: pipe(volume, median()) }).compute({ divisions: 5 })
  assert.equal(seen.runs, 5)
})

test('what is kept in front of one output’s reduction serves the others', async () => {
  const volume = noise([64, 64, 64], 'int16')
  const shared = median({ radius: 2 })
  const base = pipe(volume, shared)
  const seen = monitor(shared)
  const set = together({
    scaled: pipe(base, rescaleIntensity()),
    mask: pipe(base, otsu()),
    edges: pipe(base, gradientMagnitude()),
  })
  const { scaled, mask, edges } = await set.compute({ divisions: 1 })
  assert.equal(seen.runs, 1)
  assert.ok(await scaled.equals(await pipe(base, rescaleIntensity()).compute()))
  assert.ok(await mask.equals(await pipe(base, otsu()).compute()))
  assert.ok(await edges.equals(await pipe(base, gradientMagnitude()).compute()))
})

test('a part of all outputs is computed alone', async () => {
  const { outputs } = outputsOf(noise(shape, 'int16'))
  const region = { start: [3, 0, 11], shape: [7, 17, 4] }
  const made = await together(outputs).compute({ region })
  for (const name of names)
    assert.ok(await made[name].equals(await (outputs[name] as Pipeline).compute({ region })), name)
})

test('every output has its own facts', async () => {
  const { outputs } = outputsOf(noise(shape, 'int16'))
  const infos = await together(outputs).info()
  assert.deepEqual(
    names.map((name) => infos[name].dtype),
    ['int16', 'float32', 'uint8', 'uint8', 'uint32', 'int16', 'int16', 'int16'],
  )
})

test('the plan holds all outputs, and the least budget it names works', async () => {
  const { outputs } = outputsOf(noise(shape, 'int16'))
  const set = together(outputs)
  const explained = await set.explain()
  const steps = explained.nodes.map(({ step }) => step)
  for (const step of ['median', 'gradientMagnitude', 'otsu', 'rescaleIntensity', 'connectedComponents'])
    assert.equal(steps.filter((one) => one === step).length, 1, step)
  const paths = Object.fromEntries(names.map((name) => [name, file(`least-${name}.nii`)]))
  await set.write(paths as Record<keyof Outputs, string>, { memory: explained.least })
  assert.match(explained.toSVG(), /gradientMagnitude/)
})

test('what outputs cannot be is said by name', async () => {
  const volume = noise(shape, 'int16')
  const base = pipe(volume, median())
  const refused = async (call: () => unknown, code: ErrorCode, text: RegExp) => {
    const isIt = refusal(code)
    await assert.rejects(
      async () => await call(),
      (error) => isIt(error) && text.test((error as Error).message),
    )
  }
  await refused(() => together({}), 'InvalidArgument', /^together must be an object of 1 to 64 pipelines/)
  await refused(() => together([base] as never), 'InvalidArgument', /^together must be an object/)
  await refused(
    () => together({ a: volume as never }),
    'InvalidArgument',
    /^together\.a must be a pipeline that makes a volume/,
  )
  const measured = pipe(volume, statistics()) as never
  await refused(
    () => together({ a: base, b: measured }),
    'InvalidArgument',
    /^together\.b must be a pipeline/,
  )
  const small = together({ a: base, b: pipe(volume, shrink({ factor: 2 })) })
  await refused(
    () => small.compute(),
    'ShapeMismatch',
    /^together\.b must be of \[19,17,30\] × 1 voxels as a is, received \[/,
  )
  const set = together({ a: base, b: base })
  await refused(() => set.compute({ into: volume } as never), 'InvalidArgument', /^compute\.into/)
  await refused(
    () => set.explain({ to: 'x.nii' } as never),
    'InvalidArgument',
    /^explain\.to must be left out/,
  )
  await refused(
    () => set.write({ a: 'a.nii' } as never),
    'InvalidArgument',
    /^write\.paths\.b must be the path/,
  )
  await refused(
    () => set.write({ a: 'a.nii', b: './a.nii' }),
    'InvalidArgument',
    /^write\.paths\.b must be another file than a/,
  )
  await refused(
    () => set.write({ a: 'a.nii', b: 'b.nii', c: 'c.nii' } as never),
    'InvalidArgument',
    /^write\.paths\.c/,
  )
  symlinkSync(dirname(file('a.nii')), file('folder'))
  const twice = { a: file('a.nii'), b: `${file('folder')}/a.nii` }
  await refused(() => set.write(twice), 'InvalidArgument', /^write\.paths\.b must be another file than a/)
  const there = file('there.nii')
  await base.write(there)
  await refused(() => set.write({ a: file('new.nii'), b: there }), 'Io', /there\.nii: exists already/)
  assert.ok(!existsSync(file('new.nii')))
})

test('a run that fails leaves no file and no volume', async () => {
  const volume = noise(shape, 'int16')
  const set = together({
    fine: pipe(volume, median()),
    bad: pipe(volume, failing({ at: Number(volume.get(9, 9, 9)) })),
  })
  const before = counters()
  await assert.rejects(set.compute(), /met/)
  const paths = { fine: file('fine.nii'), bad: file('bad.nii') }
  await assert.rejects(set.write(paths), /met/)
  assert.deepEqual([existsSync(paths.fine), existsSync(paths.bad)], [false, false])
  const { live, memories } = counters()
  assert.deepEqual([live, memories], [before.live, before.memories])
})

test.run()
