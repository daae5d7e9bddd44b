import * as assert from 'uvu/assert'

/** A file with a text header in front of 120 bytes of voxels, cut anywhere or with a byte changed: `codeOf` may refuse it or not, but not crash. */
export function checkMutated(whole: Uint8Array, codeOf: (bytes: Uint8Array) => string): void {
  for (let end = 0; end < whole.length; ++end) assert.is.not(codeOf(whole.subarray(0, end)), 'none')
  for (let at = 0; at < whole.length - 120; ++at) {
    const old = whole[at] ?? 0
    for (const value of [0, 1, 0x7f, 0x80, 0xff, 10, 32, 45, 48]) {
      whole[at] = value
      codeOf(whole)
    }
    whole[at] = old
  }
  assert.is(codeOf(whole), 'none')
}
