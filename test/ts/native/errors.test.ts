import * as assert from 'uvu/assert'
import { VoxlineError } from '../../../ts/core/errors.ts'
import { awaitNative, callNative, fromNative, isAborted } from '../../../ts/native/errors.ts'
import { suite } from '../../support/suite.ts'

const test = suite('native errors')

function nativeError(code: string, message = 'it went wrong', details = {}): Error {
  return Object.assign(new Error(message), { code, details })
}

test('a native error becomes a VoxlineError with its code and details', () => {
  const error = fromNative(nativeError('Memory', 'too little', { least: 4096 }))
  assert.instance(error, VoxlineError)
  const { code, message, details } = error as VoxlineError
  assert.equal(
    { code, message, details },
    { code: 'Memory', message: 'too little', details: { least: 4096 } },
  )
})

test('its stack is the caller’s, also when the message looks like a stack', () => {
  const caller = { stack: 'Error\n    at theCaller (file.ts:1:2)' }
  const error = fromNative(nativeError('Io', 'first\nsecond at the end'), caller) as VoxlineError
  assert.is(error.stack, 'VoxlineError: first\nsecond at the end\n    at theCaller (file.ts:1:2)')
})

test('the cause stays', () => {
  const cause = new TypeError('thrown by a callback')
  const error = fromNative(Object.assign(nativeError('Filter'), { cause })) as VoxlineError
  assert.is(error.cause, cause)
})

test('other errors and aborts come back as they are', () => {
  for (const error of [
    new TypeError('mine'),
    nativeError('ENOENT'),
    nativeError('Aborted'),
    'text',
    undefined,
  ])
    assert.is(fromNative(error), error)
  assert.ok(isAborted(nativeError('Aborted')))
  assert.not.ok(isAborted(nativeError('Io')))
})

test('a refused call throws a VoxlineError whose stack has the caller', () => {
  function someCaller() {
    return callNative((addon) => addon.settings({ level: 'no such level' }))
  }
  try {
    someCaller()
    assert.unreachable()
  } catch (error) {
    assert.instance(error, VoxlineError)
    assert.is((error as VoxlineError).code, 'InvalidArgument')
    assert.match((error as VoxlineError).stack ?? '', /someCaller/)
  }
})

test('a rejected promise has the stack of where the call began', async () => {
  function someCaller() {
    return awaitNative(() => Promise.reject(nativeError('Io')))
  }
  const error = await someCaller().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.instance(error, VoxlineError)
  assert.match((error as VoxlineError).stack ?? '', /someCaller/)
})

test.run()
