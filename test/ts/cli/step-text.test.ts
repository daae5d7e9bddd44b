import * as assert from 'uvu/assert'
import { filterNamed, kebab, readStep } from '../../../ts/cli/step-text.ts'
import { UsageError } from '../../../ts/cli/usage-error.ts'
import { filters } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'

const test = suite('command-line steps')

const refused = (text: string, pattern: RegExp) =>
  assert.throws(
    () => readStep(text, filters),
    (error: unknown) => error instanceof UsageError && pattern.test(error.message),
    text,
  )

test('a step is a filter with its parameters, lists with x between values', () => {
  assert.equal(readStep('median:radius=2x1x0,border=wrap', filters).options, {
    ...filterNamed('median', filters).step({}).options,
    radius: [2, 1, 0],
    border: 'wrap',
  })
  assert.is((readStep('rescale-intensity:max=255,dtype=uint8', filters).options as { max: number }).max, 255)
  assert.equal(
    (readStep('connected-threshold:seeds=1x2x3;4x5x6,lower=2', filters).options as { seeds: unknown }).seeds,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  )
  assert.is(
    (readStep('threshold:outside-value=-3', filters).options as { outsideValue: number }).outsideValue,
    -3,
  )
})

test('every filter is found by its command-line name and described for help', () => {
  for (const filter of filters) {
    assert.is(filterNamed(filter.op, filters).name, filter.name)
    assert.is(filter.op, kebab(filter.name))
    for (const param of Object.values(filter.params))
      assert.ok(param.doc.length > 0 && param.expected.length > 0)
  }
})

test('every default reads back from the text help shows', () => {
  for (const filter of filters)
    for (const param of Object.values(filter.params))
      if (param.default !== undefined) assert.equal(param.parse(param.format(param.default)), param.default)
})

test('unknown filters and parameters are refused, and the nearest is named', () => {
  refused('medain', /unknown filter "medain": did you mean median/)
  refused('rescaleIntensity', /did you mean rescale-intensity/)
  refused('median:raduis=2', /unknown parameter of median "raduis": did you mean radius/)
  refused('median:', /unknown parameter of median ""/)
  refused('', /unknown filter ""/)
})

test('values that do not fit, missing and repeated parameters are refused by name', () => {
  refused('median:radius=two', /median:radius must be an integer.*received "two"/)
  refused('median:radius=-1', /median:radius must be/)
  refused('median:radius', /median:radius must be/)
  refused('median:radius=1,radius=2', /median:radius is given twice/)
  refused('cast', /cast:dtype is missing/)
  refused('cast:dtype=int24', /cast:dtype must be .*received "int24"/)
})

test.run()
